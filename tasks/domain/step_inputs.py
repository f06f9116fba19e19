"""Resolve a step's sources to blobs, and those to its content key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tasks.domain.artifact import Artifact, Blob, content_key, derived_seed
from tasks.domain.errors import InputRefused
from tasks.domain.plan import Plan, Source, Step

UPLOAD: Final = "upload."

ArtifactOf = Callable[[str], Artifact | None]
"""Takes the name of a step; returns its artifact, or None if it is not done."""

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

    @property
    def _digests(self) -> dict[str, str]:
        return {f"{scene}:{name}": blob.sha256 for (scene, name), blob in self.blobs.items()}


def resolve(plan: Plan, step: Step, artifact_of: ArtifactOf) -> Resolved | None:
    """Return the inputs of a step; None if a step before it is not done."""
    blobs: dict[tuple[int | None, str], Blob] = {}
    known: _Known = {}
    for source in step.sources:
        parts = _parts(plan, source, artifact_of, known)
        if parts is None:
            return None
        if source.part in parts or not source.optional:
            blobs[source.scene, source.name] = parts[source.part]
    return Resolved(blobs, plan.salt)


def _parts(
    plan: Plan, source: Source, artifact_of: ArtifactOf, known: _Known
) -> Mapping[str, Blob] | None:
    if source.step.startswith(UPLOAD):
        name = source.step.removeprefix(UPLOAD)
        if name not in plan.uploads:
            raise InputRefused(f"An upload that this stage needs is missing: {name}.")
        return {source.part: plan.uploads[name]}
    if source.step not in known:
        known[source.step] = artifact_of(source.step)
    artifact = known[source.step]
    return None if artifact is None else artifact.parts
