"""The plan of a job: its steps with their engines and seeds.

Equal requests, uploads and offers give equal plans. A plan is stored before anything is
dispatched and never changes; a fallback is a new revision.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.stages import PROJECT_STAGES
from tasks.domain.artifact import Blob, canonical

CONSENT_STAGES: Final = ("voice", "animate")
"""Stages that make a person say or do something; they check the consent when they start.

The last stage checks it for all of them again."""
_LAST: Final = "assemble"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine of a step; it is the same for all scenes of a job."""

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
    """The device of the worker that offered it; another worker may run the step."""
    voice: str = ""
    """The voice that speaks (`tasks/domain/voices.py`); empty: the engine has only one."""
    params: tuple[str, ...] | None = None
    """The parameters that it reads; None: any."""
    files: tuple[str, ...] | None = None
    """The input files that it reads; None: any."""
    uses_seed: bool = True

    def params_read(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of these parameters that can change its output."""
        return {n: v for n, v in params.items() if self.params is None or n in self.params}

    def files_read(self, sources: Iterable[Source]) -> tuple[Source, ...]:
        """Return those of these input files that can change its output."""
        return tuple(s for s in sources if self.files is None or s.name in self.files)

    @property
    def identity(self) -> dict[str, str]:
        """The properties of the engine that decide its output."""
        return {"name": self.name, "version": self.version, "weights": self.weights}


@dataclass(frozen=True, slots=True)
class Source:
    """An input file of a step: a `part` of another step or an upload, and its name here."""

    step: str
    part: str
    name: str
    scene: int | None = None
    """Set if the step reads a file of this name for every scene."""
    optional: bool = False
    """Whether the part may be missing, because not every engine produces it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of one scene (or of the whole job)."""

    stage: str
    scene: int | None
    engine: EngineChoice
    params: dict[str, Any]
    seed: int | None
    """The seed of the request, if the engine uses one; None: the inputs and parameters decide."""
    seconds: float
    """Median duration of such steps."""
    weight: float
    sources: tuple[Source, ...]
    size: float = 0.0
    """What the duration grows with; the unit depends on the stage."""
    within: float = 0.0
    """Seconds within which nine in ten of such steps finish."""

    @property
    def name(self) -> str:
        return step_name(self.stage, self.scene)

    @property
    def needs(self) -> frozenset[str]:
        """The steps that must have committed before this one can run."""
        return frozenset(s.step for s in self.sources if not s.step.startswith("upload."))


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of a job, each after those it depends on."""

    job_id: str
    session_id: str
    revision: int
    mode: str
    scenes: int
    seed: int | None
    """The seed of the request, if it names one."""
    steps: tuple[Step, ...]
    uploads: dict[str, Blob] = field(default_factory=dict)
    consent: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each upload: the person in it, and what they agreed to. It is part of no content key:
    equal requests share results, regardless of the consent."""
    salt: str = ""
    """Part of every content key, so that only the owner reuses results. Empty: shared by all."""

    def step(self, stage: str, scene: int | None) -> Step:
        return next(s for s in self.steps if s.stage == stage and s.scene == scene)

    def of(self, stage: str) -> Iterator[Step]:
        return (step for step in self.steps if step.stage == stage)

    @property
    def by_name(self) -> Mapping[str, Step]:
        return {step.name: step for step in self.steps}

    @property
    def is_project(self) -> bool:
        """Whether it is the plan of a project's job, and not of a talking video."""
        return any(step.stage in PROJECT_STAGES for step in self.steps)

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the picture; zero where there is none."""
        sized = (step.params for step in self.steps if "height" in step.params)
        params = next(sized, {})
        return int(params.get("width", 0)), int(params.get("height", 0))

    @property
    def estimated_seconds(self) -> float:
        """Return the duration of the critical path, if every step finds a free worker."""
        ends: dict[str, float] = {}
        for step in self.steps:
            begins = max((ends[name] for name in step.needs), default=0.0)
            ends[step.name] = begins + step.seconds
        return max(ends.values(), default=0.0)

    @property
    def work_seconds(self) -> float:
        """Return the total duration of all steps."""
        return sum(step.seconds for step in self.steps)

    def to_json(self) -> bytes:
        return canonical(self)

    @classmethod
    def from_json(cls, text: bytes | str) -> Plan:
        raw = json.loads(text)
        steps = tuple(_step(step) for step in raw["steps"])
        uploads = {name: Blob(**blob) for name, blob in raw["uploads"].items()}
        return cls(**(raw | {"steps": steps, "uploads": uploads}))


def people(plan: Plan, step: Step) -> frozenset[str]:
    """Return the uploads (`face`, `voice`) whose people must consent to this step."""
    if step.stage == _LAST:
        parts = (people(plan, part) for part in plan.steps if part.stage != _LAST)
        return frozenset().union(*parts)
    if step.stage not in CONSENT_STAGES:
        return frozenset()
    read = {source.step.removeprefix("upload.") for source in step.sources}
    needed = {"face"} if step.stage == "animate" else {"voice"} & read
    return frozenset(needed & set(plan.uploads))


def without_consent(plan: Plan, step: Step) -> frozenset[str]:
    """Return those of these uploads for which no consent was stated."""
    return people(plan, step) - set(plan.consent)


def step_name(stage: str, scene: int | None) -> str:
    return stage if scene is None else f"{stage}.{scene}"


def _step(raw: dict[str, Any]) -> Step:
    engine = EngineChoice(**(raw["engine"] | _reads(raw["engine"])))
    sources = tuple(Source(**source) for source in raw["sources"])
    return Step(**(raw | {"engine": engine, "sources": sources}))


def _reads(raw: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Read what an engine reads; plans of earlier versions do not say it."""
    return {name: tuple(raw[name]) for name in ("params", "files") if raw.get(name) is not None}
