"""`callsheet report`: a Markdown report of recent activity, for operators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import counted, duration, size

HOURS: Final = {"m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
SHORTEST: Final = 0.25
LONGEST: Final = 24 * 92
ENDS: Final = ("succeeded", "failed", "cancelled")


class Since(click.ParamType[float]):
    """A period in hours: `24`, `90m`, `24h`, `7d`, or a start date."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        hours = self._hours(str(value).strip())
        if hours is None:
            self.fail(f"{value!r} is not a valid time. Use 24h, 7d or 2026-11-21.", param, context)
        if not SHORTEST <= hours <= LONGEST:
            self.fail("Must be between 15 minutes and 92 days.", param, context)
        return hours

    def _hours(self, value: str) -> float | None:
        if span := re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw]?)", value):
            return float(span[1]) * HOURS[span[2] or "h"]
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (datetime.now(UTC) - moment).total_seconds() / 3600


@click.command()
@click.option(
    "--since",
    "hours",
    type=Since(),
    default="24h",
    help="Period or start date (UTC): 90m, 24h, 7d or a date. Default: 24h.",
)
@server_option
@json_option
def report(hours: float, server: str | None, as_json: bool) -> None:
    """Print a report of recent activity as Markdown."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        data = client.operations(hours)
        output.data(data)
        if not as_json:
            click.echo("\n".join(markdown(data)))


def markdown(data: dict[str, Any]) -> Iterator[str]:
    yield f"# Callsheet from {_at(data['since'])} to {_at(data['until'])} UTC\n"
    yield from _jobs(data)
    yield "\n## Peaks\n"
    yield from _peaks(data["peaks"])
    yield "\n## Stages\n"
    yield from _stages(data["engines"])
    yield "\n## Cache\n"
    yield from _cache(data["cache"])
    yield "\n## Failures\n"
    failures = [(f"`{row['code']}`", str(row["jobs"])) for row in data["failures"]]
    yield from _table(("code", "jobs"), failures) if failures else ["None."]


def _jobs(data: dict[str, Any]) -> Iterator[str]:
    ends = {end: sum(bucket[end] for bucket in data["jobs"]) for end in ENDS}
    finished = ends["succeeded"] + ends["failed"]
    if finished:
        yield f"- Success rate: {ends['succeeded'] / finished:.1%} of {counted(finished, 'job')}"
    yield "- Ended: " + ", ".join(f"{ends[end]} {end}" for end in ENDS)
    yield "- Open jobs: " + ", ".join(f"{n} {state}" for state, n in data["open_jobs"].items())
    half, most = data["job_seconds"]["p50"], data["job_seconds"]["p90"]
    if half is not None:
        yield f"- From request to video: p50 {duration(half)}, p90 {duration(most)}"


def _peaks(peaks: dict[str, Any]) -> Iterator[str]:
    sentences = (
        ("busiest_hour", "Busiest hour: {} submitted from {}"),
        ("longest_line", "Longest queue: {} at {}"),
        ("most_at_once", "Most running at once: {} at {}"),
    )
    for name, sentence in sentences:
        if peak := peaks[name]:
            yield "- " + sentence.format(counted(peak["jobs"], "job"), _at(peak["at"]))
    if not any(peaks.values()):
        yield "None."


def _stages(engines: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not engines:
        yield "No activity."
        return
    yield from _table(
        ("stage", "engine", "computed", "found", "p50 s", "p90 s"),
        [
            (
                row["stage"],
                row["engine"],
                *(str(row[what]) for what in ("computed", "found")),
                *(_number(row[what]) for what in ("p50_seconds", "p90_seconds")),
            )
            for row in engines
        ],
        texts=2,
    )


def _cache(cache: dict[str, Any]) -> Iterator[str]:
    results = cache["found"] + cache["computed"]
    if results:
        share = f"{cache['found'] / results:.1%}"
        yield f"- Results reused: {cache['found']} of {counted(results, 'result')} ({share})"
        yield f"- Computing time saved: {duration(cache['seconds_saved'])}(estimated)"
    yield f"- Cache size: {counted(cache['entries'], 'result')}, {size(cache['bytes'])}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> Iterator[str]:
    """Build a Markdown table of aligned columns; number columns are right-aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(titles, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if number < texts else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    yield line(titles)
    yield line([("-" * w if n < texts else "-" * (w - 1) + ":") for n, w in enumerate(widths)])
    yield from map(line, rows)


def _at(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _number(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"
