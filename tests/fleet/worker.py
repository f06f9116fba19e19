"""`python -m tests.fleet.worker NAME`: a worker as it is, with models that only pretend.

`FLEET_MODELS` says what they are, as JSON: stage to `{"declared": MB, "true": MB, "load":
SECONDS}`. They lie on the card that `GPU_MEMORY_MB` pretends, and are measured as real ones are.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from gpu_worker.__main__ import main
from gpu_worker.models import gpu_share, registry
from tests.bench.noop import Idle

MODELS: dict[str, dict[str, float]] = json.loads(os.environ.get("FLEET_MODELS", "{}"))

_on_the_card: dict[str, int] = {}


class Pretended(Idle):
    """A stage whose model takes memory on a card, and time to get there."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self._model = MODELS.get(stage)
        if self._model is not None:
            declared = int(self._model["declared"])
            self.spec = replace(self.spec, device="cuda", memory_mb=declared)

    def load(self) -> None:
        if self._model is not None:
            time.sleep(self._model["load"])
            _on_the_card[self.spec.stage] = int(self._model["true"])

    def close(self) -> None:
        _on_the_card.pop(self.spec.stage, None)


def _engines(environment: str) -> Iterator[Idle]:
    yield from (Pretended(s) for s in ENVIRONMENTS[environment].stages if s in STAGES)


registry._engines = _engines  # type: ignore[assignment]
gpu_share.process_mb = lambda: sum(_on_the_card.values())

if __name__ == "__main__":
    sys.exit(main())
