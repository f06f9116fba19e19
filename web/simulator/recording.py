"""The file of recorded timings: what a simulation knows of a running installation.

It holds no texts, names or ids: owners and request shapes are numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from tasks.domain import wire
from tasks.domain.estimate import Run, is_enough, learn, learn_pinned
from tasks.domain.plan import EngineChoice, Plan, Step, step_name
from tasks.domain.planner import History

VERSION: Final = 1


class BadRecording(Exception):
    """The file is not a recording of timings; the message says why."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step of a shape, with the engine that ran it."""

    stage: str
    scene: int | None
    engine: str
    kind: str
    environment: str
    size: float
    expected: float
    """The expected seconds when the job was planned; they decide the order of scenes."""
    found: bool = False
    """Whether its result was reused."""


@dataclass(frozen=True, slots=True)
class RecordedRuns:
    """Durations of one engine on one device, the latest first."""

    stage: str
    engine: str
    device: str
    kind: str
    sizes: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RecordedJob:
    """A job that succeeded."""

    at: float
    """Seconds since the first job."""
    owner: int
    rank: int
    shape: int
    seconds: float
    """From its request to its end."""


@dataclass(frozen=True, slots=True)
class Overheads:
    """Seconds that are spent between the runs of engines."""

    step: float = 0.0
    """A worker's, from the end of one run to the start of the next one, if it waits already."""
    dispatch: float = 0.0
    """From a job's request to its dispatch, if there is capacity."""
    finish: float = 0.0
    """From the end of a job's last step to the dispatch of the next job in line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Timings, requests and nodes of an installation."""

    version: int
    recorded_at: str
    nodes: dict[str, int]
    """Live workers by environment."""
    jobs_in_flight: int
    overheads: Overheads
    load_seconds: dict[str, float]
    """Seconds to load each model (STAGE/ENGINE)."""
    runs: tuple[RecordedRuns, ...]
    shapes: tuple[tuple[RecordedStep, ...], ...]
    jobs: tuple[RecordedJob, ...]
    simulation_speed: float = 1.0

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    def plan(self, shape: int) -> Plan:
        """Return a plan with the steps of a shape; nothing else of it is known."""
        return _plan(self.shapes[shape])

    def reused(self, shape: int) -> frozenset[str]:
        """Return the steps of a shape that dispatch found in the cache."""
        return frozenset(step_name(s.stage, s.scene) for s in self.shapes[shape] if s.found)

    def history(self) -> History:
        """Learn the pace of each engine, on each device and on all of them, as the planner does."""
        runs: dict[tuple[str, str, str], list[Run]] = {}
        pinned = set()
        for recorded in self.runs:
            for device in {recorded.device, ""}:
                key = (recorded.stage, recorded.engine, device)
                known = runs.setdefault(key, [])
                known += map(Run, recorded.sizes, recorded.seconds)
                if recorded.kind == "simulated":
                    pinned.add(key)
        enough = {key: of for key, of in runs.items() if is_enough(of) and key not in pinned}
        return History(
            {key: learn(of) for key, of in enough.items()}
            | {key: learn_pinned(runs[key]) for key in pinned},
            {key: of for key, of in runs.items() if key not in enough and key not in pinned},
            self.simulation_speed,
        )


EMPTY: Final = Recording(VERSION, "", {}, 0, Overheads(), {}, (), (), ())


def read(text: str) -> Recording:
    """Parse a recording; raises `BadRecording`."""
    try:
        raw = wire.checked(json.loads(text))
        if not isinstance(raw, dict) or raw.get("version") != VERSION:
            raise BadRecording("The file is not a recording of this version of `callsheet plan`.")
        recording = wire.build(Recording, raw)
    except (ValueError, RecursionError) as error:
        raise BadRecording(f"The file is not a recording: {error}.") from None
    _check(recording)
    return recording


def _check(recording: Recording) -> None:
    """Refuse what a simulation could not use."""
    problems = (
        (not all(map(_is_whole, recording.shapes)), "a shape has unknown, equal or missing steps"),
        (
            any(not 0 <= job.shape < len(recording.shapes) for job in recording.jobs),
            "a job has an unknown shape",
        ),
        (
            any(len(runs.sizes) != len(runs.seconds) for runs in recording.runs),
            "the sizes and durations of an engine differ in number",
        ),
        (bool(set(recording.nodes) - set(ENVIRONMENTS)), "a node has an unknown environment"),
    )
    for wrong, what in problems:
        if wrong:
            raise BadRecording(f"The file is not a recording: {what}.")


def _is_whole(steps: Sequence[RecordedStep]) -> bool:
    """Return whether a shape has a script, an assembly, and no step twice."""
    names = {(step.stage, step.scene) for step in steps}
    return (
        len(names) == len(steps)
        and {("script", None), ("assemble", None)} <= names
        and all(s.stage in STAGES and s.environment in ENVIRONMENTS for s in steps)
        and all(s.scene is None or ("voice", s.scene) in names for s in steps)
        and all(s.scene is None or 0 <= s.scene < len(steps) for s in steps)
    )


def _plan(steps: Sequence[RecordedStep]) -> Plan:
    scenes = {step.scene for step in steps if step.scene is not None}
    return Plan(
        job_id="",
        session_id="",
        revision=1,
        mode="",
        scenes=max(scenes, default=-1) + 1,
        seed=None,
        steps=tuple(_step(step) for step in steps),
    )


def _step(recorded: RecordedStep) -> Step:
    engine = EngineChoice(recorded.engine, "", recorded.kind, "", recorded.environment)
    return Step(
        stage=recorded.stage,
        scene=recorded.scene,
        engine=engine,
        params={},
        seed=None,
        seconds=recorded.expected,
        weight=0.0,
        sources=(),
        size=recorded.size,
    )
