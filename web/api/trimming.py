"""Read which part of a recording its sender wants to keep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from tasks.domain.errors import ValidationFailed
from web.uploads.candidate import Trim
from web.uploads.recordings import SHORTEST_SECONDS

LATEST: Final = 86_400.0


_SECONDS: Final = {"type": "number", "minimum": 0, "maximum": LATEST}
PARAMETERS: Final = {
    "start": {**_SECONDS, "description": "Keep it from this second on."},
    "end": {**_SECONDS, "description": "Keep it up to this second."},
}
"""The OpenAPI description of the fields."""


def trim_of(fields: Mapping[str, str], prefix: str = "") -> Trim:
    """Parse `start` and `end`, in seconds; missing ones keep what is there."""
    start = _seconds(fields, "start", prefix)
    end = _seconds(fields, "end", prefix)
    trim = Trim(0.0 if start is None else start, end)
    if trim.end is not None and trim.end - trim.start < SHORTEST_SECONDS:
        raise _wrong(f"{prefix}end", f"Must be {SHORTEST_SECONDS} seconds after `start`, or more.")
    return trim


def _seconds(fields: Mapping[str, str], name: str, prefix: str) -> float | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        raise _wrong(f"{prefix}{name}", "Not a number of seconds.") from None
    if not math.isfinite(seconds) or not 0 <= seconds <= LATEST:
        raise _wrong(f"{prefix}{name}", "Not a number of seconds.")
    return seconds


def _wrong(field: str, message: str) -> ValidationFailed:
    return ValidationFailed(errors=[{"field": field, "message": message}])
