"""A sentence about a plan, the scenes that it names, and the change that it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.domain.plan_patch import Patch
from tasks.domain.video_plan import LONGEST_SCENE, SHORTEST_SCENE, VideoPlan

ORDINALS: Final = {
    **{
        name: n
        for n, name in enumerate(
            (
                "first",
                "second",
                "third",
                "fourth",
                "fifth",
                "sixth",
                "seventh",
                "eighth",
                "ninth",
                "tenth",
                "eleventh",
                "twelfth",
            ),
            start=1,
        )
    },
    "last": -1,
    "final": -1,
}


class NotUnderstood(Exception):
    """A sentence is outside of the grammar; the message says what can be asked for."""


@dataclass(slots=True)
class Change:
    """What a sentence asks for: a patch, and its words."""

    patch: Patch = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        text = "; ".join(self.words)
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    def replace(self, path: str, value: Any) -> None:
        self.patch.append({"op": "replace", "path": path, "value": value})

    def say(self, words: str) -> None:
        self.words.append(words)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its quoted parts taken out, and the plan that it is about."""

    text: str
    quotes: tuple[str, ...]
    plan: VideoPlan

    def has(self, pattern: str) -> bool:
        return re.search(rf"\b(?:{pattern})\b", self.text) is not None

    def number(self, unit: str) -> float | None:
        found = re.search(rf"(\d+(?:\.\d+)?) ?(?:{unit})\b", self.text)
        return float(found[1]) if found else None

    def scenes(self) -> list[int]:
        """Return the indices of the scenes that are named; raise if one does not exist."""
        found = list(self._named())
        for index in found:
            self._require(index)
        return list(dict.fromkeys(found))

    def all_or_named(self) -> list[int]:
        return self.scenes() or list(range(len(self.plan.scenes)))

    def _named(self) -> Iterator[int]:
        count = len(self.plan.scenes)
        listed = re.search(
            r"\bscenes? (\d+(?:(?:, | and |, and | to | through |-)\d+)*)", self.text
        )
        for found in re.finditer(
            r"\bscenes? (\d+(?:(?:, and |, | and )\d+)*)(?! ?(?:s|sec|seconds?)\b)", self.text
        ):
            yield from (int(number) - 1 for number in re.findall(r"\d+", found[1]))
        for name, place in ORDINALS.items():
            if re.search(rf"\b{name} (?:scene|one|shot)\b", self.text):
                yield place - 1 if place > 0 else count - 1
        if listed is None and re.search(r"\b(?:all|every|each) (?:the )?scenes?\b", self.text):
            yield from range(count)

    def _require(self, index: int) -> None:
        count = len(self.plan.scenes)
        if not 0 <= index < count:
            raise NotUnderstood(f"There is no scene {index + 1}; the plan has {count}.")


def read(text: str, plan: VideoPlan) -> Sentence:
    quotes: list[str] = []

    def keep(found: re.Match[str]) -> str:
        quotes.append((found[1] or found[2] or found[3] or "").strip())
        return f" quote{len(quotes)} "

    kept = re.sub(r'"([^"]*)"|“([^”]*)”|(?<!\w)\'([^\']*)\'(?!\w)', keep, text)
    flat = re.sub(r"\s+", " ", kept.lower().strip().rstrip(".!?"))
    flat = re.sub(r"^(?:please|can you|could you|i want to|i'd like to|let's) ", "", flat)
    return Sentence(flat, tuple(quotes), plan)


def names(scenes: list[int]) -> str:
    numbers = [str(index + 1) for index in sorted(scenes)]
    if len(numbers) == 1:
        return f"scene {numbers[0]}"
    return f"scenes {', '.join(numbers[:-1])} and {numbers[-1]}"


def limited(seconds: float) -> float:
    return round(min(max(seconds, SHORTEST_SCENE), LONGEST_SCENE), 2)
