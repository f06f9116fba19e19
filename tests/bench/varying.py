"""Engines that only wait, as unevenly as real ones work: longer for more speech and pixels,
scattered around that, and now and then three times as long.

What a step takes is drawn from its seed, so a repeated run draws the same.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from gpu_worker.engine import Context, Inputs, Output
from gpu_worker.models import registry
from tasks.domain.splitter import split
from tests.bench.noop import Idle, idle_spec


class Pace(NamedTuple):
    """Seconds for anything, and for each unit of the work."""

    setup: float
    per_size: float


PACES: Final = {
    "script": Pace(0.04, 0.02),
    "face": Pace(0.08, 0.3),
    "voice": Pace(0.03, 0.02),
    "animate": Pace(0.04, 0.15),
    "enhance": Pace(0.03, 0.25),
    "assemble": Pace(0.08, 0.05),
}
SPREAD: Final = {"script": 0.5, "voice": 0.15}
USUAL_SPREAD: Final = 0.25
"""Of the logarithm: a provider's answer scatters more than a model's run."""
SPEECH_SPREAD: Final = 0.12
"""How far a voice is from what its text lets one expect."""
HICCUPS: Final = 0.03
HICCUP: Final = 3.0


class Varying(Idle):
    """It waits, and hands on how many seconds of speech it was about."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.spec = idle_spec(stage, self.spec.name, "varying", "lite")

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        chance = random.Random(f"{inputs.seed}.{self.spec.stage}")
        speech = self._speech(inputs, chance)
        time.sleep(self._seconds(inputs.params, speech, chance))
        ctx.progress(1.0)
        written = self._written(inputs, speech)
        for name, text in written.items():
            (ctx.workdir / name).write_text(text)
        return Output({name: ctx.workdir / name for name in written})

    def _seconds(self, params: Any, speech: float, chance: random.Random) -> float:
        stage = self.spec.stage
        pixels = params.get("width", 0) * params.get("height", 0) / 1e6
        work = {"script": params.get("scenes", 0), "face": pixels, "voice": speech}
        setup, per_size = PACES[stage]
        drawn = chance.lognormvariate(0, SPREAD.get(stage, USUAL_SPREAD))
        drawn *= HICCUP if chance.random() < HICCUPS else 1.0
        seconds: float = (setup + per_size * work.get(stage, speech * pixels)) * drawn
        return seconds

    def _speech(self, inputs: Inputs, chance: random.Random) -> float:
        """Seconds of it that this step is about."""
        if self.spec.stage == "voice":
            expected = _said(inputs.files["script/scene.json"])
            return expected * chance.lognormvariate(0, SPEECH_SPREAD)
        if self.spec.stage == "assemble":
            return sum(_said(scene["voice/speech.wav"]) for scene in inputs.scenes)
        before = {"animate": "voice/speech.wav", "enhance": "animate/video.mp4"}
        name = before.get(self.spec.stage)
        return _said(inputs.files[name]) if name else 0.0

    def _written(self, inputs: Inputs, speech: float) -> dict[str, str]:
        names = self._names(inputs.params)
        each = dict.fromkeys(names, speech)
        if self.spec.stage == "script":
            scenes = split(inputs.params["text"])
            each |= zip(names[1:], (scene.estimated_seconds for scene in scenes), strict=True)
        return {
            name: json.dumps({"speech": seconds, "part": name, "seed": inputs.seed})
            for name, seconds in each.items()
        }


def _engines(environment: str) -> Iterator[Varying]:
    yield from (Varying(s) for s in ENVIRONMENTS[environment].stages if s in STAGES)


def _said(part: Path) -> float:
    return float(json.loads(part.read_text())["speech"])


def install() -> None:
    """From now on the workers of this process have these engines and no others."""
    registry._engines = _engines  # type: ignore[assignment]
