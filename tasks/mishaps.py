"""Mishaps on demand, for tests alone: without CALLSHEET_FAULT nothing here does anything.

The variable lists them, separated by commas, as `KIND:PLACE[:DETAIL]`:

    kill:PLACE[:FILE]      the process that comes to this place kills itself; once, if a FILE
                           is named (it is made, and who finds it goes on)
    ENGINE'S KIND:PLACE    what befalls an engine, see `gpu_worker/mishaps.py`
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from functools import cache
from typing import Final

VARIABLE: Final = "CALLSHEET_FAULT"


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that shall go wrong at a place."""

    kind: str
    place: str
    detail: str


def at(*places: str) -> list[Mishap]:
    """What shall go wrong at one of these places."""
    return [mishap for mishap in _wanted() if mishap.place in places]


def passing(place: str) -> None:
    """A boundary where a process may die."""
    for mishap in at(place):
        if mishap.kind == "kill" and _first(mishap.detail):
            os.kill(os.getpid(), signal.SIGKILL)


@cache
def _wanted() -> tuple[Mishap, ...]:
    listed = [text.split(":", 2) for text in os.environ.get(VARIABLE, "").split(",") if text]
    return tuple(Mishap(kind, place, "".join(detail)) for kind, place, *detail in listed)


def _first(marker: str) -> bool:
    """Whether nobody has made this file before us; without one everybody is the first."""
    if not marker:
        return True
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
