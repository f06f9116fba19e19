"""The screenplay: what every script engine hands to the other stages."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: a short text that is spoken without a cut."""

    index: int
    text: str
    estimated_seconds: float
    pause_after: float = 0.0
    """Seconds for which the speaker rests before the next scene."""


@dataclass(frozen=True, slots=True)
class Screenplay:
    """The scenes in order; `written_by` is `user`, `template` or the name of a model."""

    language: str
    scenes: tuple[Scene, ...]
    written_by: str

    @property
    def text(self) -> str:
        return " ".join(scene.text for scene in self.scenes)

    @property
    def estimated_seconds(self) -> float:
        return sum(scene.estimated_seconds for scene in self.scenes)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Screenplay:
        raw = json.loads(text)
        return cls(
            raw["language"], tuple(Scene(**scene) for scene in raw["scenes"]), raw["written_by"]
        )
