"""Hand an engine its inputs as local files."""

from __future__ import annotations

from pathlib import Path

from gpu_worker.engine import Inputs
from tasks.domain.plan import Step
from tasks.domain.step_inputs import Resolved
from tasks.store.artifacts import Artifacts


def local_inputs(resolved: Resolved, step: Step, artifacts: Artifacts, directory: Path) -> Inputs:
    """Return the inputs of the engine, with local files."""
    scenes = sorted({scene for scene, _ in resolved.blobs if scene is not None})
    paths = {
        place: artifacts.local(blob, directory, place[1]) for place, blob in resolved.blobs.items()
    }
    return Inputs(
        params=step.params,
        seed=resolved.seed(step),
        scene=step.scene,
        salt=resolved.salt,
        files={name: path for (scene, name), path in paths.items() if scene is None},
        scenes=[
            {name: path for (of, name), path in paths.items() if of == scene} for scene in scenes
        ],
    )
