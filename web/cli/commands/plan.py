"""`callsheet plan`: how many nodes, at which cost, for which time; and the timings it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import redis
from rich.table import Table

from config import prices as price_list
from tasks.messaging.redis_client import connect
from tasks.nodes import registry
from web.cli.commands.exit_codes import Incapable, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.own_database import open_application
from web.cli.formatting import duration, plain_table
from web.simulator import recording as recordings
from web.simulator.figures import Figures
from web.simulator.fleet import Pool, hourly_prices, parse_pools
from web.simulator.measuring import measure
from web.simulator.recording import BadRecording, Recording
from web.simulator.simulation import Rules, simulate
from web.simulator.sizing import Unreachable, smallest
from web.simulator.timings import Timings, declared_loads
from web.simulator.workload import Kind, Workload, engines_of, mixed, parse_mix, replayed

_LARGEST_FILE: Final = 200 * 1024 * 1024


class _Parsed(click.ParamType[Any]):
    """Text that a function parses; its `ValueError` is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def _rates(text: str) -> dict[str, float]:
    return {p.name: float(rate) for p, rate in _pairs(text)}


def _pairs(text: str) -> list[tuple[Pool, str]]:
    words = [word.partition("=") for word in text.replace(" ", "").split(",")]
    return [(parse_pools(f"{name}=1")[0], rate) for name, _, rate in words]


@click.group(invoke_without_command=True)
@click.option(
    "--replay",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of `callsheet plan record`: its timings, and its jobs unless --mix is given.",
)
@click.option(
    "--mix",
    metavar="KINDS",
    type=_Parsed("KINDS", parse_mix),
    help="Jobs as SCENES[@HEIGHTp][:SHARE], such as `3:8,6@1080p:2`.",
)
@click.option(
    "--nodes",
    metavar="POOLS",
    type=_Parsed("POOLS", parse_pools),
    help="Nodes as ENVIRONMENT[@DEVICE]=NUMBER, or =MIN-MAX to scale them as `callsheet "
    "autoscale` does. Default: those of the recording.",
)
@click.option("--jobs", type=click.IntRange(1), help="Number of jobs (1000; those recorded).")
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=60.0,
    help="Jobs of the mix per hour (60). 0: all of them at once.",
)
@click.option("--daily", is_flag=True, help="Let the rate of the mix swing over each day.")
@click.option(
    "--owners", type=click.IntRange(1), default=100, help="Owners of the mix's jobs (100)."
)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    help="Replayed jobs arrive so many times as fast (1).",
)
@click.option(
    "--p95",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    help="Find the fewest nodes with which 19 of 20 jobs end within this time.",
)
@click.option(
    "--boot",
    type=click.FloatRange(0),
    default=60.0,
    help="Seconds until a new node takes work (60).",
)
@click.option(
    "--load",
    type=click.FloatRange(0),
    default=0.0,
    help="Seconds to load a model on a GPU, if the recording does not tell (0).",
)
@click.option(
    "--preempt",
    metavar="RATES",
    type=_Parsed("RATES", _rates),
    help="Preemptions per node and hour, such as `sadtalker=0.05`.",
)
@click.option(
    "--no-notice", is_flag=True, help="Preempted nodes vanish: their steps must be found lost."
)
@click.option(
    "--prices",
    metavar="PRICES",
    envvar="PRICES",
    type=_Parsed("PRICES", price_list.parse),
    help="Prices of nodes, such as `sadtalker=1.20/hour` (the setting PRICES).",
)
@click.option(
    "--jobs-in-flight",
    type=click.IntRange(0),
    default=0,
    help="The setting JOBS_IN_FLIGHT; 0: as many as the nodes can use (0).",
)
@click.option(
    "--control-rate",
    type=click.FloatRange(0),
    default=0.0,
    help="Jobs per second that the controller can handle; 0: no limit (0).",
)
@click.option(
    "--cooldown",
    type=click.FloatRange(0),
    default=60.0,
    help="Seconds of lower load before scaling down (60).",
)
@click.option("--seed", type=int, default=0, help="Seed of the random numbers (0).")
@json_option
@click.pass_context
def plan(context: click.Context, /, *, as_json: bool, **options: Any) -> None:
    """Simulate jobs on worker nodes: time, cost and the bottleneck.

    Decisions are those of this version of Callsheet: the order of steps, queues, fairness between
    owners, warm workers first, and scaling. Durations come from a recording, or from what engines
    declare.
    """
    if context.invoked_subcommand is not None:
        return
    output, wrong = Output(as_json), ""
    with handling_errors(output):
        try:
            _plan(output, **options)
        except (BadRecording, Unreachable) as error:
            raise Incapable(str(error)) from None
        except ValueError as error:
            wrong = str(error)
    if wrong:
        raise click.UsageError(f"{wrong[:1].upper()}{wrong[1:]}.")


@plan.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=5000,
    help="How many of the latest finished jobs to record (5000).",
)
@json_option
def record(file: Path, jobs: int, as_json: bool) -> None:
    """Write the timings of this installation to FILE, for `callsheet plan --replay FILE`.

    The file has sizes, durations and numbers, and no texts, names or ids.
    """
    output = Output(as_json)
    with handling_errors(output), open_application() as settings:
        try:
            with connect(settings) as client:
                alive = registry.alive(client)
        except redis.RedisError:
            alive = []
        found = measure(settings, alive, jobs)
        file.write_text(found.to_json() + "\n")
        counts = {"jobs": len(found.jobs), "runs": sum(len(r.sizes) for r in found.runs)}
        output.data({"file": str(file), **counts})
        if not as_json:
            output.console.print(f"Recorded {counts['jobs']} jobs and {counts['runs']} runs.")


def _plan(output: Output, **options: Any) -> None:
    recording = _recording(options["replay"])
    pools = _pools(recording, options)
    timings = _timings(recording, options)
    workload = _workload(recording, pools, timings, options)
    rules = Rules(options["jobs_in_flight"], options["cooldown"], options["seed"])
    if options["p95"] is None:
        figures = simulate(workload, pools, timings, rules)
    else:
        found = smallest(workload, pools, timings, rules, options["p95"])
        pools, figures = found.pools, found.figures
    summary = figures.summary(options["jobs_in_flight"])
    if options["p95"] is not None:
        summary["fewest_nodes"] = {pool.name: pool.nodes for pool in pools}
    output.data(summary)
    if not output.as_json:
        _show(output, summary, figures)


def _recording(file: Path | None) -> Recording | None:
    if file is None:
        return None
    if file.stat().st_size > _LARGEST_FILE:
        raise BadRecording(f"{file} is too large for a recording.")
    try:
        return recordings.read(file.read_text())
    except UnicodeDecodeError:
        raise BadRecording(f"{file} is not a recording.") from None


def _pools(recording: Recording | None, options: dict[str, Any]) -> tuple[Pool, ...]:
    pools: tuple[Pool, ...] | None = options["nodes"]
    if pools is None and recording is not None:
        pools = tuple(Pool(name, nodes) for name, nodes in sorted(recording.nodes.items()))
    if not pools:
        raise ValueError("--nodes is needed: no recording names live nodes")
    hourly = hourly_prices(options["prices"] or ())
    rates = options["preempt"] or {}
    return tuple(
        replace(
            pool,
            price=hourly.get(pool.environment, 0.0),
            preemptions=rates.get(pool.name, rates.get(pool.environment, 0.0)),
        )
        for pool in pools
    )


def _timings(recording: Recording | None, options: dict[str, Any]) -> Timings:
    known = recording or recordings.EMPTY
    return Timings(
        history=known.history(),
        overheads=known.overheads,
        load_seconds=declared_loads(options["load"]) | known.load_seconds,
        boot_seconds=options["boot"],
        notice=not options["no_notice"],
        controller_jobs_per_second=options["control_rate"],
    )


def _workload(
    recording: Recording | None,
    pools: tuple[Pool, ...],
    timings: Timings,
    options: dict[str, Any],
) -> Workload:
    kinds: tuple[Kind, ...] | None = options["mix"]
    if kinds is None:
        if recording is None:
            raise ValueError("name the jobs with --replay FILE or --mix KINDS")
        return replayed(recording, pools, options["jobs"] or 0, options["speed"])
    return mixed(
        kinds,
        pools,
        engines_of(recording, [pool.environment for pool in pools]),
        timings.history,
        jobs=options["jobs"] or 1000,
        per_hour=options["rate"],
        owners=options["owners"],
        daily=options["daily"],
        seed=options["seed"],
    )


def _show(output: Output, summary: dict[str, Any], figures: Figures) -> None:
    console = output.console
    seconds = summary["job_seconds"]
    console.print(
        f"{summary['jobs']:,} jobs in {duration(summary['seconds'])}: "
        f"{summary['jobs_per_hour']:,.0f} an hour"
    )
    console.print(
        f"A job takes {duration(seconds['p50'])} (p50), {duration(seconds['p95'])} (p95), "
        f"{duration(seconds['p99'])} (p99); its start waits "
        f"{duration(summary['start_seconds']['mean'])}"
    )
    console.print(_pool_table(summary))
    console.print(_queue_table(summary))
    if figures.cost:
        console.print(f"Cost: {summary['cost']:,.2f}, {summary['cost_per_job']:.4f} per job")
    console.print(f"Needs JOBS_IN_FLIGHT={summary['jobs_in_flight']}")
    console.print(f"Bottleneck: {summary['bottleneck']}")


def _pool_table(summary: dict[str, Any]) -> Table:
    names = ("NODES OF", "DEVICE", "NODES", "BUSY", "COLD STARTS", "PREEMPTED", "HOURS", "COST")
    table = plain_table(*names, right={*names} - {"NODES OF", "DEVICE"})
    for pool in summary["pools"]:
        table.add_row(
            pool["environment"],
            pool["device"] or "any",
            f"{pool['nodes']:,.1f}",
            f"{pool['busy']:.0%}",
            f"{pool['cold_starts']:,}",
            f"{pool['preempted_steps']:,}",
            f"{pool['node_hours']:,.1f}",
            f"{pool['cost']:,.2f}",
        )
    return table


def _queue_table(summary: dict[str, Any]) -> Table:
    table = plain_table("QUEUE", "STEPS", "MEAN WAIT", right={"STEPS", "MEAN WAIT"})
    for queue in summary["queues"]:
        table.add_row(queue["queue"], f"{queue['steps']:,}", duration(queue["mean_wait_seconds"]))
    return table
