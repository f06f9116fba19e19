"""What an engine learns of one input alone, kept for every later step that asks the same.

A voice that was learned from a recording serves other texts as well. It is a part of the
result that it was first made for, and lives as long as any result that has it; under a key
of its own it is found again. The key may outlive it: then it is learned anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gpu_worker.execution.inputs import Resolved
from tasks.domain.artifact import Artifact, content_key
from tasks.domain.plan import Step
from tasks.store.artifacts import Artifacts


class DerivedCache:
    """Those of one run of one step."""

    def __init__(self, step: Step, inputs: Resolved, artifacts: Artifacts) -> None:
        self._step = step
        self._inputs = inputs
        self._artifacts = artifacts
        self._keys: dict[str, str] = {}

    def part(self, target: Path, source: str, make: Callable[[Path], None]) -> None:
        """Have `target` filled: as somebody has kept it, else by `make`."""
        key = self._key(target.name, source)
        self._keys[target.name] = key
        if not self._fetched(key, target):
            make(target)

    def keep(self, result: Artifact) -> None:
        """Once the step is committed, and so known to whoever deletes."""
        for name, key in self._keys.items():
            parts = {name: result.parts[name]}
            known = self._artifacts.find(key)
            if known is not None and known.parts != parts:
                self._artifacts.forget(key)  # its bytes have gone
            self._artifacts.commit(Artifact(key, result.stage, result.engine, parts, {}))

    def _key(self, name: str, source: str) -> str:
        step, blob = self._step, self._inputs.blobs[None, source]
        what, of = {"part": name}, {source: blob.sha256}
        return content_key(step.stage, step.engine.identity, what, 0, of, salt=self._inputs.salt)

    def _fetched(self, key: str, target: Path) -> bool:
        found = self._artifacts.find(key)
        if found is None:
            return False
        try:
            data = b"".join(self._artifacts.read(found.parts[target.name]))
        except FileNotFoundError:
            return False
        target.write_bytes(data)
        return True
