"""A card, watched while something runs on it; where there is none, nothing is said of it."""

from __future__ import annotations

import subprocess
import threading
from types import TracebackType

from gpu_worker.models import torch_device
from gpu_worker.models.devices import device_name

_EVERY_SECONDS = 0.2
_QUERY = ("nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits")


class Watched:
    """As a context: how much of the card is in use, and how much of its memory torch takes."""

    def __init__(self) -> None:
        self.there = torch_device.name() == "cuda"
        self.name = device_name()
        self._seen: list[int] = []
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        if self.there:
            import torch

            torch.cuda.reset_peak_memory_stats()
            self._watcher.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        if self.there:
            self._watcher.join()

    @property
    def use(self) -> str:
        if not self._seen:
            return "no card was watched"
        return f"in use {sum(self._seen) / len(self._seen):.0f} % of the time"

    @property
    def said(self) -> str:
        if not self.there:
            return self.use
        import torch

        return f"{self.use}, peak {torch.cuda.max_memory_allocated() / 2**20:.0f} MB"

    @property
    def kept_mb(self) -> float:
        """What torch still holds of it."""
        if not self.there:
            return 0.0
        import torch

        return float(torch.cuda.memory_allocated() / 2**20)

    def wait(self) -> None:
        """Until all that was asked of it is done."""
        if self.there:
            import torch

            torch.cuda.synchronize()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            asked = subprocess.run(_QUERY, capture_output=True, text=True, check=False)
            self._seen += [int(line) for line in asked.stdout.split() if line.isdigit()][:1]
