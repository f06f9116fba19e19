"""`callsheet report`: how it went, for operators; Markdown that reads well as it stands."""

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
    """How far back, in hours: `24`, `90m`, `24h`, `7d`, or a date."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        hours = self._hours(str(value).strip())
        if hours is None:
            self.fail(f"{value!r} is no time; say 24h, 7d or 2026-11-21.", param, context)
        if not SHORTEST <= hours <= LONGEST:
            self.fail("Between 15 minutes and 92 days.", param, context)
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
    help="From when on: 90m, 24h, 7d, or a date (UTC). By default 24h.",
)
@server_option
@json_option
def report(hours: float, server: str | None, as_json: bool) -> None:
    """Print how it went lately, as Markdown."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        told = client.operations(hours)
        output.data(told)
        if not as_json:
            click.echo("\n".join(markdown(told)))


def markdown(told: dict[str, Any]) -> Iterator[str]:
    yield f"# Callsheet from {_at(told['since'])} to {_at(told['until'])} UTC\n"
    yield from _jobs(told)
    yield "\n## Peaks\n"
    yield from _peaks(told["peaks"])
    yield "\n## Stages\n"
    yield from _stages(told["engines"])
    yield "\n## Cache\n"
    yield from _cache(told["cache"])
    yield "\n## Failures\n"
    failures = [(f"`{row['code']}`", str(row["jobs"])) for row in told["failures"]]
    yield from _table(("code", "jobs"), failures) if failures else ["None."]


def _jobs(told: dict[str, Any]) -> Iterator[str]:
    ends = {end: sum(bucket[end] for bucket in told["jobs"]) for end in ENDS}
    finished = ends["succeeded"] + ends["failed"]
    if finished:
        yield f"- Success rate: {ends['succeeded'] / finished:.1%} of {counted(finished, 'job')}"
    yield "- Ended: " + ", ".join(f"{ends[end]} {end}" for end in ENDS)
    yield "- Open now: " + ", ".join(f"{n} {state}" for state, n in told["open_jobs"].items())
    half, most = told["job_seconds"]["p50"], told["job_seconds"]["p90"]
    if half is not None:
        yield f"- From request to video: p50 {duration(half)}, p90 {duration(most)}"


def _peaks(peaks: dict[str, Any]) -> Iterator[str]:
    said = (
        ("busiest_hour", "Busiest hour: {} came in, from {} on"),
        ("longest_line", "Longest line: {} waited at {}"),
        ("most_at_once", "Most at once: {} under way at {}"),
    )
    for name, sentence in said:
        if peak := peaks[name]:
            yield "- " + sentence.format(counted(peak["jobs"], "job"), _at(peak["at"]))
    if not any(peaks.values()):
        yield "None."


def _stages(engines: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not engines:
        yield "Nothing was done."
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
        yield f"- Found, not computed: {cache['found']} of {counted(results, 'result')} ({share})"
        yield f"- Work saved by that: {duration(cache['seconds_saved'])}, as estimated"
    yield f"- Held now: {counted(cache['entries'], 'result')}, {size(cache['bytes'])}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> Iterator[str]:
    """With columns of equal width; after so many of text, numbers to the right."""
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
