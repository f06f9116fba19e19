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
    """Return the same items for audio that was trimmed or padded to `seconds`."""

    def within(time: float) -> float:
        return round(min(max(time + by, 0.0), seconds), 5)

    return tuple(replace(item, start=within(item.start), end=within(item.end)) for item in items)
