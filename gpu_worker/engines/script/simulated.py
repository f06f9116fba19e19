"""Simulate a writer: return the given text, or a placeholder for a topic."""

from __future__ import annotations

from typing import ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output
from gpu_worker.engines.script.pages import line_of
from gpu_worker.media.simulation import Simulated, SimulatedWork, simulated_spec
from tasks.domain.screenplay import Screenplay
from tasks.domain.splitter import split, split_to


class SimulatedWriter(Simulated):
    """Takes as long as a writer would, and invents nothing."""

    spec: ClassVar[EngineSpec] = simulated_spec(
        "script", ("text", "topic", "language", "scenes"), ()
    )

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        work = SimulatedWork("script", ctx)
        params = inputs.params
        if params["text"] is not None:
            scenes = split(params["text"])
        else:
            text = f"This is a simulated script about {params['topic']}. It stands for a real one."
            scenes = split_to(text, params["scenes"])
        play = Screenplay(params["language"], scenes, "simulated")
        parts = {"screenplay.json": ctx.workdir / "screenplay.json"}
        parts["screenplay.json"].write_text(play.to_json(), encoding="utf-8")
        for scene in play.scenes:
            name = f"scene-{scene.index:03d}.json"
            parts[name] = ctx.workdir / name
            parts[name].write_text(line_of(scene, play.language), encoding="utf-8")
        work.finish()
        return Output(parts, {"written_by": "simulated", "words": len(play.text.split())})


ENGINE = SimulatedWriter
