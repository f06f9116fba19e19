"""The device that torch computes on in this worker, told without importing torch."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from config.settings import current
from gpu_worker.engine import Probe
from gpu_worker.models.devices import device_name

if TYPE_CHECKING:
    import torch


def probe(environment: str) -> Probe:
    """Whether torch and its device are there."""
    if importlib.util.find_spec("torch") is None:
        return Probe(False, "torch is not installed", f"callsheet env create {environment}")
    if current().torch_device == "cuda" and device_name() == "cpu":
        return Probe(
            False,
            "this machine has no GPU that its driver knows",
            "run this worker on a machine with one, or set TORCH_DEVICE=cpu and have patience",
        )
    return Probe(True)


def name() -> str:
    """`cuda` or `cpu`, told without importing torch."""
    return current().torch_device


def device() -> torch.device:
    import torch

    return torch.device(name())


def precision() -> Any:
    """16 bit where the device is made for it; on a CPU it is slower and no smaller in effect."""
    import torch

    return torch.float16 if current().torch_device == "cuda" else torch.float32


def repeatable() -> None:
    """Equal inputs give equal bytes: no algorithm is chosen by how fast it happened to be."""
    import torch

    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def give_back() -> None:
    """What torch keeps for itself of a GPU's memory, once its tensors are gone."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
