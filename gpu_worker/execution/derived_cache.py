"""Cache parts of results that an engine derives from few of its inputs.

For example, a voice that was learned from a recording serves other texts, too, and an encoded scene
another edit. The part belongs to
the result it was first made for, and lives as long as any result that contains it. It has its own
key; if the key outlives the part, the part is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gpu_worker.engine import PartSource
from tasks.domain.artifact import Artifact, content_key
from tasks.domain.plan import Step
from tasks.domain.step_inputs import Resolved
from tasks.store.artifacts import Artifacts


class DerivedCache:
    """The derived parts of one run of a step."""

    def __init__(self, step: Step, inputs: Resolved, artifacts: Artifacts) -> None:
        self._step = step
        self._inputs = inputs
        self._artifacts = artifacts
        self._keys: dict[str, str] = {}

    def part(
        self,
        target: Path,
        sources: str | Sequence[PartSource],
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,
    ) -> None:
        """Fill `target` from the cache, or else with `make`."""
        key = self._key(target.name, sources, params)
        self._keys[target.name] = key
        if not self._fetch(key, target):
            make(target)

    def store(self, result: Artifact) -> None:
        """Store the parts, after the step is committed and so protected from eviction."""
        for name, key in self._keys.items():
            parts = {name: result.parts[name]}
            known = self._artifacts.find(key)
            if known is not None and known.parts != parts:
                self._artifacts.forget(key)  # its bytes are gone
            self._artifacts.commit(Artifact(key, result.stage, result.engine, parts, {}))

    def _key(
        self,
        name: str,
        sources: str | Sequence[PartSource],
        params: Mapping[str, Any] | None,
    ) -> str:
        step = self._step
        what = {"part": name} if params is None else {"of": params}
        digests = {
            f"{at or ''}{place[1]}": self._inputs.blobs[place].sha256
            for at, place in enumerate(_places(sources))
        }
        engine, salt = step.engine.identity, self._inputs.salt
        return content_key(step.stage, engine, what, 0, digests, salt=salt)

    def _fetch(self, key: str, target: Path) -> bool:
        found = self._artifacts.find(key)
        if found is None:
            return False
        blob = next(iter(found.parts.values()))
        try:
            with target.open("wb") as file:
                file.writelines(self._artifacts.read(blob))
        except FileNotFoundError:
            target.unlink()
            return False
        return True


def _places(sources: str | Sequence[PartSource]) -> list[tuple[int | None, str]]:
    """Return the scenes and names of inputs."""
    listed = [sources] if isinstance(sources, str) else sources
    return [(None, one) if isinstance(one, str) else one for one in listed]
