"""Resolve a step's sources to local files and to its content key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gpu_worker.engine import Inputs
from tasks.domain.artifact import Artifact, Blob, content_key, derived_seed
from tasks.domain.errors import InputRefused
from tasks.domain.plan import Plan, Source, Step
from tasks.store.artifacts import Artifacts

UPLOAD = "upload."

_Known = dict[str, Artifact | None]
"""Artifacts of steps that were looked up already."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The blobs that a step reads, by scene and name."""

    blobs: dict[tuple[int | None, str], Blob]
    salt: str = ""
    """The owner's salt, which is part of the content key."""

    def key(self, step: Step) -> str:
        engine = step.engine.identity
        return content_key(
            step.stage, engine, step.params, step.seed, self._digests, salt=self.salt
        )

    def seed(self, step: Step) -> int:
        """Return the seed of a run; 0 if the engine uses none."""
        if not step.engine.uses_seed:
            return 0
        return derived_seed(step.stage, step.params, step.seed, self._digests)

    def files(self, step: Step, artifacts: Artifacts, directory: Path) -> Inputs:
        """Return the inputs of the engine, with local files."""
        scenes = sorted({scene for scene, _ in self.blobs if scene is not None})
        paths = {
            place: artifacts.local(blob, directory, place[1]) for place, blob in self.blobs.items()
        }
        return Inputs(
            params=step.params,
            seed=self.seed(step),
            scene=step.scene,
            salt=self.salt,
            files={name: path for (scene, name), path in paths.items() if scene is None},
            scenes=[
                {name: path for (of, name), path in paths.items() if of == scene}
                for scene in scenes
            ],
        )

    @property
    def _digests(self) -> dict[str, str]:
        return {f"{scene}:{name}": blob.sha256 for (scene, name), blob in self.blobs.items()}


def resolve(plan: Plan, step: Step, artifacts: Artifacts) -> Resolved | None:
    """Return the inputs of a step; None if a step before it has not committed."""
    blobs: dict[tuple[int | None, str], Blob] = {}
    known: _Known = {}
    for source in step.sources:
        parts = _parts(plan, source, artifacts, known)
        if parts is None:
            return None
        if source.part in parts or not source.optional:
            blobs[source.scene, source.name] = parts[source.part]
    return Resolved(blobs, plan.salt)


def _parts(
    plan: Plan, source: Source, artifacts: Artifacts, known: _Known
) -> Mapping[str, Blob] | None:
    if source.step.startswith(UPLOAD):
        name = source.step.removeprefix(UPLOAD)
        if name not in plan.uploads:
            raise InputRefused(f"An upload that this stage needs is missing: {name}.")
        return {source.part: plan.uploads[name]}
    if source.step not in known:
        known[source.step] = artifacts.recorded(plan.job_id, plan.revision, source.step)
    artifact = known[source.step]
    return None if artifact is None else artifact.parts
