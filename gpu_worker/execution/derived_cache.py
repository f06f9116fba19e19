"""Cache parts of results that an engine derives from one input only.

For example, a voice that was learned from a recording serves other texts, too. The part belongs to
the result it was first made for, and lives as long as any result that contains it. It has its own
key; if the key outlives the part, the part is made again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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

    def part(self, target: Path, source: str, make: Callable[[Path], None]) -> None:
        """Fill `target` from the cache, or else with `make`."""
        key = self._key(target.name, source)
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

    def _key(self, name: str, source: str) -> str:
        step, blob = self._step, self._inputs.blobs[None, source]
        what, of = {"part": name}, {source: blob.sha256}
        return content_key(step.stage, step.engine.identity, what, 0, of, salt=self._inputs.salt)

    def _fetch(self, key: str, target: Path) -> bool:
        found = self._artifacts.find(key)
        if found is None:
            return False
        try:
            data = b"".join(self._artifacts.read(found.parts[target.name]))
        except FileNotFoundError:
            return False
        target.write_bytes(data)
        return True
