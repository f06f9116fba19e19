"""How long the steps of each graph take on each pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from tasks.domain.estimate import SHORTEST_SECONDS
from tasks.domain.planner import History
from tasks.nodes.warm_affinity import WORTH_SECONDS
from web.simulator.fleet import Pool
from web.simulator.graph import Graph
from web.simulator.recording import Overheads

Durations = Sequence[Sequence[float]]
"""For each step of a graph, equally probable durations."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Durations of steps, loads and what lies between."""

    history: History
    overheads: Overheads = field(default_factory=Overheads)
    load_seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds to load a model (STAGE/ENGINE)."""
    boot_seconds: float = 60.0
    """From the decision to start a node until it takes work."""
    lost_seconds: float = 20.0
    """Until a step of a node that vanished is dispatched again."""
    notice: bool = True
    """Whether a node is told before it is preempted, so that its step is requeued at once."""
    controller_jobs_per_second: float = 0.0
    """What one controller can decide and dispatch; 0: no limit."""

    def durations(self, graph: Graph, pool: Pool) -> Durations:
        """Return the possible durations of each step of a graph on nodes of a pool."""
        found = []
        for step in graph.steps:
            engine = replace(step.engine, device=pool.device)
            pace = self.history.pace(step.stage, engine, step.size)
            line = max(pace.setup + pace.per_size * step.size, SHORTEST_SECONDS)
            found.append([line * ratio + self.overheads.step for ratio in pace.ratios])
        return found

    def models(self) -> dict[str, float]:
        """Return the models that are worth waiting for a worker that has loaded them."""
        return {
            name: seconds for name, seconds in self.load_seconds.items() if seconds > WORTH_SECONDS
        }


def declared_loads(seconds: float) -> dict[str, float]:
    """Return the models of GPU environments, which all take so many seconds to load."""
    return {
        f"{name}/{engine}": seconds
        for name, stage in STAGES.items()
        if ENVIRONMENTS[stage.environment].gpu
        for engine in stage.engines
    }
