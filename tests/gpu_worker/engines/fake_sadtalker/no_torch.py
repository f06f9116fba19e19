"""As much of torch as is asked of it where SadTalker's networks are not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

__all__ = ["backends", "cuda", "manual_seed"]

backends = SimpleNamespace(cudnn=SimpleNamespace())
cuda = SimpleNamespace(is_available=lambda: False)


class Tensor(np.ndarray):
    """Numbers that pretend to move to a device."""

    def to(self, _device: str) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return self

    def numpy(self) -> Any:
        return np.asarray(self)


def manual_seed(_seed: int) -> None:
    """Nothing here draws from it."""
