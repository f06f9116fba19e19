"""The jobs of a simulation: those of a recording, or of a mix."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from config.stages import STAGES
from tasks.domain.job import JobOptions
from tasks.domain.plan import EngineChoice, Plan
from tasks.domain.planner import History, Request, make_plan
from web.jobs.queue import RANKS
from web.simulator.fleet import Pool, workers_by_queue
from web.simulator.graph import Graph, compiled
from web.simulator.recording import Recording

_KIND: Final = re.compile(r"(\d+)(?:@(\d+)p)?(?::(\d+(?:\.\d+)?))?")
_DAY: Final = 86_400.0
_DAYTIME: Final = 0.8
"""How far the rate swings around its mean over a day."""


class Arrival(NamedTuple):
    """A request for a job."""

    at: float
    owner: int
    rank: int
    shape: int


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests in the order of their arrival, and the graphs of their jobs."""

    graphs: Sequence[Graph]
    arrivals: Callable[[], Iterator[Arrival]]
    jobs: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Jobs of a mix: their scenes and height, and their share."""

    scenes: int
    height: int
    share: float


def parse_mix(text: str) -> tuple[Kind, ...]:
    """Parse `SCENES[@HEIGHTp][:SHARE]`, separated by commas.

    >>> parse_mix("3:8, 6@1080p:2")[1]
    Kind(scenes=6, height=1080, share=2.0)
    """
    kinds = []
    for word in filter(None, (word.strip() for word in text.split(","))):
        found = _KIND.fullmatch(word)
        if found is None or not 1 <= int(found[1]) <= 100 or float(found[3] or 1) <= 0:
            raise ValueError(f"{word} is not SCENES:SHARE, such as 3:80")
        kinds.append(Kind(int(found[1]), int(found[2] or 720), float(found[3] or 1)))
    if not kinds:
        raise ValueError("the mix is empty")
    return tuple(kinds)


def replayed(
    recording: Recording, pools: Sequence[Pool], jobs: int = 0, speed: float = 1.0
) -> Workload:
    """Repeat the recorded jobs until there are so many, arriving `speed` times as fast."""
    if not recording.jobs:
        raise ValueError("the recording has no jobs")
    workers = workers_by_queue(pools)
    graphs = [
        compiled(recording.plan(n), recording.reused(n), workers)
        for n in range(len(recording.shapes))
    ]
    known = sorted(recording.jobs, key=lambda job: job.at)
    count = jobs or len(known)
    period = known[-1].at * len(known) / max(len(known) - 1, 1)

    def arrivals() -> Iterator[Arrival]:
        for number in range(count):
            round_, place = divmod(number, len(known))
            job = known[place]
            yield Arrival((job.at + round_ * period) / speed, job.owner, job.rank, job.shape)

    return Workload(graphs, arrivals, count)


def mixed(
    kinds: Sequence[Kind],
    pools: Sequence[Pool],
    engines: dict[str, EngineChoice],
    history: History,
    *,
    jobs: int,
    per_hour: float,
    owners: int = 100,
    daily: bool = False,
    seed: int = 0,
) -> Workload:
    """Make random jobs of a mix; `per_hour` 0: all of them arrive at once."""
    workers = workers_by_queue(pools)
    graphs = [compiled(_plan(kind, engines, history), (), workers) for kind in kinds]
    weights = list(accumulate(kind.share for kind in kinds))
    shapes, normal = range(len(kinds)), RANKS["normal"]

    def arrivals() -> Iterator[Arrival]:
        chance = random.Random(seed)  # noqa: S311  nothing secret
        at = 0.0
        for _ in range(jobs):
            (shape,) = chance.choices(shapes, cum_weights=weights)
            yield Arrival(at, chance.randrange(owners), normal, shape)
            if per_hour:
                at += 3600 * chance.expovariate(per_hour * (_share_of_day(at) if daily else 1.0))

    return Workload(graphs, arrivals, jobs)


def _share_of_day(at: float) -> float:
    return 1 - _DAYTIME * math.cos(2 * math.pi * at / _DAY)


def _plan(kind: Kind, engines: dict[str, EngineChoice], history: History) -> Plan:
    options = JobOptions(topic="any", scenes=kind.scenes, height=kind.height)
    return make_plan(Request("", "", options, {}), engines, history, 1)


def engines_of(recording: Recording | None, environments: Sequence[str]) -> dict[str, EngineChoice]:
    """Choose an engine for each stage: the one with most recorded runs, or a real default.

    Its environment is the one that the fleet has for the stage: its own, or `lite`.
    """
    return {stage: _engine(stage, recording, environments) for stage in STAGES}


def _engine(stage: str, recording: Recording | None, environments: Sequence[str]) -> EngineChoice:
    own = STAGES[stage].environment
    environment = own if own in environments else "lite"
    recorded = [] if recording is None else [r for r in recording.runs if r.stage == stage]
    if recorded:
        most = max(recorded, key=lambda runs: len(runs.sizes))
        return EngineChoice(most.engine, "", most.kind, "", environment)
    return EngineChoice(STAGES[stage].engines[0], "", "real", "", environment)
