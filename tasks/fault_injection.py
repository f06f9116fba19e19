"""Mishaps on demand, for tests alone: without CALLSHEET_FAULT nothing here does anything.

The variable lists them, separated by commas, as `KIND:PLACE[:DETAIL]`; what there is stands in
`gpu_worker/models/fault_injection.py`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Final

VARIABLE: Final = "CALLSHEET_FAULT"


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """Something that shall go wrong at a place."""

    kind: str
    place: str
    detail: str


def injected_fault(*places: str) -> list[InjectedFault]:
    """What shall go wrong at one of these places."""
    return [mishap for mishap in _configured() if mishap.place in places]


@cache
def _configured() -> tuple[InjectedFault, ...]:
    listed = [text.split(":", 2) for text in os.environ.get(VARIABLE, "").split(",") if text]
    return tuple(InjectedFault(kind, place, "".join(detail)) for kind, place, *detail in listed)
