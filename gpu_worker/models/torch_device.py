"""The device that torch computes on in this worker."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from config.settings import current
from gpu_worker.engine import Probe
from gpu_worker.models.devices import device_name

if TYPE_CHECKING:
    import torch


def probe(environment: str) -> Probe:
    """Probe for torch and its device."""
    if importlib.util.find_spec("torch") is None:
        return Probe(False, "torch is not installed", f"callsheet env create {environment}")
    if current().torch_device == "cuda" and device_name() == "cpu":
        return Probe(
            False,
            "the driver reports no GPU on this machine",
            "run this worker on a machine with a GPU, or set TORCH_DEVICE=cpu, which is slow",
        )
    return Probe(True)


def name() -> str:
    """Return `cuda` or `cpu`, without importing torch."""
    return current().torch_device


def device() -> torch.device:
    import torch

    return torch.device(name())


def precision() -> Any:
    """Return 16 bit on a GPU; on a CPU it would be slower and save no memory."""
    import torch

    return torch.float16 if current().torch_device == "cuda" else torch.float32


def make_deterministic() -> None:
    """Make equal inputs give equal bytes: choose no algorithm by its measured speed."""
    import torch

    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def release_memory() -> None:
    """Return the GPU memory that torch keeps cached to the device."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
