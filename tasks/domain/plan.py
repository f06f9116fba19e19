"""The plan: a request turned into steps, engines and seeds, once and for ever.

Pure: equal requests, uploads and offers give equal plans. A plan is stored before
anything is dispatched and never changed; a fallback is a new revision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.domain.artifact import Blob, canonical


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine that a step runs on: the same for all scenes of a job."""

    name: str
    version: str
    kind: str
    weights: str
    environment: str
    seconds: float = 0.0
    warps_still: bool = False
    voice_match: str = ""
    licence: str = ""
    commercial_use: bool = True
    device: str = ""
    """Of the machine that offered it; another one of its kind may do the work."""

    @property
    def identity(self) -> dict[str, str]:
        """What of the engine decides its output; where it runs does not."""
        return {"name": self.name, "version": self.version, "weights": self.weights}


@dataclass(frozen=True, slots=True)
class Source:
    """A file a step reads: the `part` of another step (or of an upload), and our name for it."""

    step: str
    part: str
    name: str
    scene: int | None = None
    """Set where one step reads the same name for every scene."""
    optional: bool = False
    """A part that not every engine of its stage makes; left out where it is not there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of one scene (or of the whole job)."""

    stage: str
    scene: int | None
    engine: EngineChoice
    params: dict[str, Any]
    seed: int
    seconds: float
    """Half of such steps take no longer."""
    weight: float
    sources: tuple[Source, ...]
    size: float = 0.0
    """What its time grows with; the unit is the stage's own."""
    within: float = 0.0
    """Nine in ten of such steps take no longer than so many seconds."""

    @property
    def name(self) -> str:
        return step_name(self.stage, self.scene)

    @property
    def needs(self) -> frozenset[str]:
        """The steps that must have committed before this one can run."""
        return frozenset(s.step for s in self.sources if not s.step.startswith("upload."))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done for a job, in an order in which it can be done."""

    job_id: str
    session_id: str
    revision: int
    mode: str
    scenes: int
    seed: int
    steps: tuple[Step, ...]
    uploads: dict[str, Blob] = field(default_factory=dict)
    consent: dict[str, dict[str, str]] = field(default_factory=dict)
    """By upload: who is shown or heard, and what they agreed to. Of the job, and in no content
    key: equal requests share their results, whoever vouches for them."""
    salt: str = ""
    """Part of every content key: results are found by their owner alone. Empty: by everyone."""

    def step(self, stage: str, scene: int | None) -> Step:
        return next(s for s in self.steps if s.stage == stage and s.scene == scene)

    def of(self, stage: str) -> Iterator[Step]:
        return (step for step in self.steps if step.stage == stage)

    @property
    def by_name(self) -> Mapping[str, Step]:
        return {step.name: step for step in self.steps}

    @property
    def enhances_still(self) -> bool:
        return any(step.scene is None for step in self.of("enhance"))

    @property
    def estimated_seconds(self) -> float:
        """The critical path: what the job takes when every step finds a free worker."""
        ends: dict[str, float] = {}
        for step in self.steps:
            begins = max((ends[name] for name in step.needs), default=0.0)
            ends[step.name] = begins + step.seconds
        return max(ends.values(), default=0.0)

    @property
    def work_seconds(self) -> float:
        """All steps one after another: what the job takes of its workers together."""
        return sum(step.seconds for step in self.steps)

    def to_json(self) -> bytes:
        return canonical(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> Plan:
        raw = json.loads(text)
        steps = tuple(_step(step) for step in raw["steps"])
        uploads = {name: Blob(**blob) for name, blob in raw["uploads"].items()}
        return cls(**(raw | {"steps": steps, "uploads": uploads}))


def step_name(stage: str, scene: int | None) -> str:
    return stage if scene is None else f"{stage}.{scene}"


def _step(raw: dict[str, Any]) -> Step:
    engine = EngineChoice(**raw["engine"])
    sources = tuple(Source(**source) for source in raw["sources"])
    return Step(**(raw | {"engine": engine, "sources": sources}))
