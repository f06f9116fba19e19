"""What was measured: a table on the terminal, JSON beside it."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.bench.small import IS_SMALL

DIRECTORY = Path(__file__).resolve().parents[2] / "build" / "bench"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, beside what was aimed at where that was said."""

    what: str
    value: float
    unit: str
    aim: str = ""
    met: bool | None = None


def at_most(what: str, value: float, unit: str, aim: float) -> Row:
    return Row(what, value, unit, f"<= {aim:g}", value <= aim)


def at_least(what: str, value: float, unit: str, aim: float) -> Row:
    return Row(what, value, unit, f">= {aim:g}", value >= aim)


def known_at_most(
    what: str, low: float, value: float, high: float, unit: str, aim: float
) -> list[Row]:
    """A value with its interval: met or missed only where all of the interval agrees."""
    met = True if high <= aim else False if low > aim else None
    said = f"<= {aim:g}"
    return [
        Row(what, value, unit, said, met),
        Row(f"{what}: surely more than", low, unit),
        Row(f"{what}: surely less than", high, unit),
    ]


def write(name: str, rows: Sequence[Row]) -> None:
    """Both forms; a missed aim is said, and not hidden in a failure of the run."""
    if IS_SMALL:
        print(f"\n{name}: {len(rows)} figures (small: not kept)")
        return
    machine = {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "load_of_a_minute": round(os.getloadavg()[0], 1),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    told = {"name": name, "machine": machine, "rows": [asdict(row) for row in rows]}
    write_beside(f"{name}.json", told)
    width = max(len(row.what) for row in rows)
    print(f"\n{name} ({machine['cores']} cores, load {machine['load_of_a_minute']})")
    for row in rows:
        verdict = {None: "undecided" if row.aim else "", True: "met", False: "MISSED"}[row.met]
        line = f"  {row.what:<{width}}  {row.value:>10.3f} {row.unit:<10} {row.aim:<9} {verdict}"
        print(line.rstrip())


def write_beside(name: str, found: Any) -> None:
    """Write what has no place in the table to a file of its own; nothing in a small run."""
    if not IS_SMALL:
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        (DIRECTORY / name).write_text(json.dumps(found, indent=1) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The median between two values that hold that of all such values 19 times in 20.

    By rank alone, whatever the distribution: each value is below it or above it like a coin.

    >>> interval(range(1, 11))
    (2, 5.5, 9)
    """
    ranked, count = sorted(values), len(values)
    outside, rank = 0.0, 0
    while (outside := outside + math.comb(count, rank) / 2**count) <= 0.025:
        rank += 1
    rank = max(rank, 1)
    return ranked[rank - 1], median(ranked), ranked[count - rank]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
