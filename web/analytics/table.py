"""The report as CSV: a line for each day."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any, Final

_COLUMNS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "day": lambda day: day["day"].isoformat(),
    "started": lambda day: day["jobs"]["started"],
    "succeeded": lambda day: day["jobs"]["succeeded"],
    "failed": lambda day: day["jobs"]["failed"],
    "cancelled": lambda day: day["jobs"]["cancelled"],
    "success_rate": lambda day: day["jobs"]["success_rate"],
    "video_seconds_p50": lambda day: day["video_seconds"]["p50"],
    "video_seconds_p90": lambda day: day["video_seconds"]["p90"],
    "wait_seconds_p50": lambda day: day["wait_seconds"]["p50"],
    "wait_seconds_p90": lambda day: day["wait_seconds"]["p90"],
    "people": lambda day: day["people"],
    "people_with_estimate": lambda day: day["estimates"]["people"],
    "people_with_estimate_started": lambda day: day["estimates"]["started"],
    "cost": lambda day: day["cost"]["amount"],
    "cost_per_video": lambda day: day["cost"]["per_video"],
    "gpu_hours": lambda day: day["cost"]["gpu_hours"],
    "credits": lambda day: day["credits"]["charged"],
    "credits_per_video": lambda day: day["credits"]["per_video"],
    "requests": lambda day: day["requests"]["count"],
    "request_seconds_p50": lambda day: day["requests"]["p50"],
    "request_seconds_p99": lambda day: day["requests"]["p99"],
    "ratings": lambda day: day["ratings"],
    "score": lambda day: day["score"],
}
COLUMNS: Final = tuple(_COLUMNS)


def to_csv(days: Iterable[dict[str, Any]]) -> str:
    """Write the days of a report as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({name: read(day) for name, read in _COLUMNS.items()} for day in days)
    return text.getvalue()
