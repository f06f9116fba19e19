"""The times of the phones and words of a scene, as `timings.json` has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Phone:
    """A speech sound; `stress` is 0 (none), 1 (primary) or 2 (secondary)."""

    ipa: str
    start: float
    end: float
    stress: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, with its start and end."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Timings:
    """The timings of a scene; phones are empty if they were not measured (a recording)."""

    rate: int
    seconds: float
    words: tuple[Word, ...] = ()
    phonemes: tuple[Phone, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


Item = TypeVar("Item", Phone, Word)


def moved(items: Sequence[Item], by: float, seconds: float) -> tuple[Item, ...]:
    """Return the same items for audio that was trimmed or padded to `seconds`.

    Neighbours often share an edge. No item starts before the one in front of it ends, also after
    both were rounded.
    """
    result: list[Item] = []
    edge = 0.0
    for item in items:
        start = max(_within(item.start + by, seconds), edge)
        edge = max(_within(item.end + by, seconds), start)
        result.append(replace(item, start=start, end=edge))
    return tuple(result)


def _within(time: float, seconds: float) -> float:
    return round(min(max(time, 0.0), seconds), 5)
