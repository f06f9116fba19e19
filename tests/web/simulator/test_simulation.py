"""What a simulation finds, where it can be computed by hand, and what it must never lose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.web.simulator.fleets import SECONDS, recording, work
from web.simulator.figures import Figures
from web.simulator.fleet import Pool, parse_pools
from web.simulator.recording import Overheads, Recording
from web.simulator.simulation import Rules, simulate
from web.simulator.sizing import Unreachable, smallest
from web.simulator.timings import Timings
from web.simulator.workload import mixed, parse_mix, replayed

APART = "script=1,xtts=2,sadtalker=3,realesrgan=2,media=1"


def run(recorded: Recording, nodes: str, rules: Rules | None = None, **timings: Any) -> Figures:
    return simulate(
        replayed(recorded, parse_pools(nodes)),
        parse_pools(nodes),
        _timings(recorded, **timings),
        rules,
    )


def _timings(recorded: Recording, **more: Any) -> Timings:
    known: dict[str, Any] = {"overheads": recorded.overheads, "load_seconds": recorded.load_seconds}
    return Timings(recorded.history(), **(known | more))


def test_one_node_takes_as_long_as_the_work() -> None:
    figures = run(recording(5, scenes=2), "lite=1")
    assert figures.makespan == pytest.approx(5 * work(2))
    assert figures.pools[0].busy_share == pytest.approx(1)
    assert figures.bottleneck == "lite"


def test_a_job_alone_takes_its_longest_path() -> None:
    figures = run(recording(1, scenes=3), "lite=9")
    scene = SECONDS["voice"] + SECONDS["animate"] + SECONDS["enhance"]
    assert figures.makespan == pytest.approx(SECONDS["face"] + scene + SECONDS["assemble"])


def test_overheads_of_steps_and_jobs_are_added() -> None:
    spent = Overheads(step=0.1, dispatch=0.5, finish=0.25)
    figures = run(recording(1, overheads=spent), "lite=1")
    assert figures.makespan == pytest.approx(work(1) + 6 * 0.1 + 0.5 + 0.25)


def test_a_short_queue_is_not_a_bottleneck() -> None:
    figures = run(recording(50, every=60.0), "lite=4")
    assert figures.bottleneck == "none"
    assert figures.percentile(0.95) == pytest.approx(SECONDS["face"] + 9 + 1)


def test_the_limit_of_jobs_in_flight_is_named_as_the_bottleneck() -> None:
    jobs = recording(60, owners=3)
    assert run(jobs, "lite=20", Rules(jobs_in_flight=2)).bottleneck == "JOBS_IN_FLIGHT"
    assert run(jobs, "lite=20", Rules(jobs_in_flight=40)).bottleneck == "lite"


def test_a_slow_controller_is_named_as_the_bottleneck() -> None:
    figures = run(recording(200), "lite=400", controller_jobs_per_second=1.0)
    assert figures.bottleneck == "control"
    assert figures.makespan >= 200


def test_the_environment_that_is_full_is_the_bottleneck() -> None:
    figures = run(recording(200, environment=""), APART)
    assert figures.bottleneck == "sadtalker"
    by_queue = {name: queue.mean_wait for name, queue in figures.queues.items()}
    assert by_queue["sadtalker"] == max(by_queue.values())


@examples(max_examples=30)
@given(
    jobs=st.integers(1, 40),
    scenes=st.integers(1, 4),
    nodes=st.integers(1, 6),
    rate=st.sampled_from([0.0, 30.0, 600.0]),
    notice=st.booleans(),
    load=st.sampled_from([0.0, 3.0]),
    seed=st.integers(0, 99),
)
def test_no_job_is_lost_and_no_node_works_more_than_it_is_there(
    jobs: int, scenes: int, nodes: int, rate: float, notice: bool, load: float, seed: int
) -> None:
    recorded = recording(jobs, scenes, every=3.0, owners=3)
    pools = (
        Pool("lite", nodes, preemptions=rate),
        Pool("lite", 1, device="other", most=3, preemptions=rate),
    )
    loads = {f"{stage}/fixed": load for stage in ("voice", "animate")}
    timings = _timings(recorded, notice=notice, load_seconds=loads, boot_seconds=5.0)
    figures = simulate(replayed(recorded, pools), pools, timings, Rules(cooldown=4.0, seed=seed))
    assert len(figures.latencies) == len(figures.starts) == jobs
    shortest = SECONDS["face"] + 9 + SECONDS["assemble"]
    assert min(figures.latencies) >= shortest - 1e-6
    assert all(pool.busy <= pool.node_seconds + 1e-6 for pool in figures.pools)
    assert sum(pool.busy for pool in figures.pools) >= jobs * work(scenes) - 1e-6


def test_equal_seeds_give_equal_figures() -> None:
    recorded = recording(1)
    engines = {s.stage: s.engine for s in recorded.plan(0).steps}
    mix = mixed(parse_mix("1:3,4"), (), engines, recorded.history(), jobs=200, per_hour=900)
    pools = parse_pools("lite=4")
    first, again = (simulate(mix, pools, _timings(recorded)).summary() for _ in range(2))
    assert first == again


def test_a_lost_step_without_notice_is_found_later() -> None:
    recorded = recording(30)
    pools = (Pool("lite", 2, preemptions=120.0),)
    told, silent = (
        simulate(
            replayed(recorded, pools),
            pools,
            _timings(recorded, notice=notice, boot_seconds=1.0, lost_seconds=60.0),
        )
        for notice in (True, False)
    )
    assert told.pools[0].preempted > 0
    assert silent.makespan > told.makespan > 30 * work(1) / 2


def test_an_autoscaled_pool_grows_with_the_work_and_shrinks_after_it() -> None:
    busy = recording(40)
    late = replace(busy, jobs=(*busy.jobs, replace(busy.jobs[-1], at=7200.0)))
    figures = run(late, "lite=1-10", boot_seconds=10.0)
    fixed = run(late, "lite=10")
    assert figures.percentile(0.5) < 40 * work(1) / 4
    assert figures.pools[0].node_seconds < 0.3 * fixed.pools[0].node_seconds


def test_steps_are_left_to_the_node_that_has_the_model_loaded() -> None:
    loads = {"animate/fixed": 30.0}
    figures = run(recording(20, every=60.0, load_seconds=loads), "lite=6")
    assert figures.pools[0].cold_starts == 1
    burst = run(recording(20, load_seconds=loads), "lite=6")
    assert burst.pools[0].cold_starts > 1


def test_sizing_finds_a_fleet_of_which_no_node_can_be_left_out() -> None:
    recorded = recording(120, every=2.0, environment="")
    workload, timings = replayed(recorded, parse_pools(APART)), _timings(recorded)
    found = smallest(workload, parse_pools(APART), timings, Rules(), p95=20.0)
    assert found.p95 <= 20.0
    for place, pool in enumerate(found.pools):
        if pool.nodes > 1:
            fewer = replace(pool, nodes=pool.nodes - 1)
            pools = (*found.pools[:place], fewer, *found.pools[place + 1 :])
            assert simulate(workload, pools, timings).percentile(0.95) > 20.0, pool.name


def test_a_target_below_the_longest_path_is_refused_with_the_best_time() -> None:
    recorded = recording(20, every=5.0)
    with pytest.raises(Unreachable, match=r"the best p95 is 1\d\.\d s"):
        smallest(
            replayed(recorded, ()), parse_pools("lite=1"), _timings(recorded), Rules(), p95=5.0
        )


def test_a_queue_without_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="no node serves the queue media"):
        run(recording(1, environment=""), "script=1,xtts=1,sadtalker=1,realesrgan=1")


@pytest.mark.parametrize(
    "text", ["lite", "lite=-1", "gpu=1", "lite=3-2", "lite=0-0", "lite=1,lite=2", "lite=1;xtts=1"]
)
def test_unreadable_pools_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_pools(text)
