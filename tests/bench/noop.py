"""Engines that do nothing, so that what is left of a job is orchestration.

They write files of a few bytes, and sleep for what their stage is pinned to, times
`SIMULATION_SPEED`: 0 for the cost of a stage, more to see how well workers are filled.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from config.environments import ENVIRONMENTS
from config.settings import current
from config.stages import STAGES
from gpu_worker.engine import Context, EngineSpec, Inputs, Kind, Output, Probe
from gpu_worker.models import registry

PARTS = {
    "voice": ("speech.wav", "timings.json"),
    "face": ("crop.png", "face.json", "preview.jpg"),
    "animate": ("video.mp4",),
    "enhance": ("video.mp4",),
    "assemble": ("final.mp4", "poster.jpg", "captions.srt", "captions.vtt", "quality.json"),
}
"""The parts that the real stages make, so that a stage costs as many files as it will."""


PARAMS = ("text", "scenes", "width", "height")
FILES = (
    *("upload/face", "script/scene.json", "script/screenplay.json", "face/face.json"),
    *("face/crop.png", "voice/speech.wav", "voice/timings.json", "animate/video.mp4"),
    *("enhance/still.png", "video/video.mp4"),
)


def idle_spec(stage: str, name: str, version: str, kind: Kind) -> EngineSpec:
    """Declare an engine of a bench, which reads whatever its stage can give it."""
    homes = tuple(e.name for e in ENVIRONMENTS.values() if stage in e.stages)
    return EngineSpec(
        name, stage, version, kind, homes, "Apache-2.0", PARAMS, FILES, uses_seed=True
    )


class Idle:
    """A stage that writes what its followers ask for, and computes nothing."""

    def __init__(self, stage: str) -> None:
        name = "simulated" if "simulated" in STAGES[stage].engines else STAGES[stage].engines[0]
        self.spec = idle_spec(stage, name, "idle", "simulated")

    def probe(self) -> Probe:
        return Probe(ok=True)

    def load(self) -> None:
        """There is no model."""

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        time.sleep(STAGES[self.spec.stage].seconds * current().simulation_speed)
        ctx.progress(1.0)
        parts = {name: ctx.workdir / name for name in self._names(inputs.params)}
        said = json.dumps([self.spec.stage, inputs.seed])
        for name, path in parts.items():
            path.write_text(f"{name} {said}")
        return Output(parts)

    def close(self) -> None:
        """Nothing was loaded."""

    def _names(self, params: Any) -> tuple[str, ...]:
        if self.spec.stage != "script":
            return PARTS[self.spec.stage]
        return "screenplay.json", *(f"scene-{n:03d}.json" for n in range(params["scenes"]))


def _engines(environment: str) -> Iterator[Idle]:
    yield from (Idle(s) for s in ENVIRONMENTS[environment].stages if s in STAGES)


def install() -> None:
    """From now on the workers of this process have these engines and no others."""
    registry._engines = _engines  # type: ignore[assignment]
