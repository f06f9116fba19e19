"""Enhance frames of a video on the device, including scaling, mixing and rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from gpu_worker.engines.enhance.torch_network import TorchNetwork

if TYPE_CHECKING:
    from gpu_worker.engines.enhance.reel import Frames

_SHARE_OF_TARGET = 0.5
"""A network that enlarges fourfold gets at most half the finished size; its output is scaled down,
which is faster and looks the same."""


class Enhancement:
    """The enhancement of batches of frames of one size."""

    def __init__(
        self,
        network: TorchNetwork,
        seen: tuple[int, int],
        size: tuple[int, int],
        blend: float,
        check: Callable[[], None],
    ) -> None:
        self._network = network
        self._size = size
        self._blend = blend
        self._check = check
        most = size[0] * size[1] * _SHARE_OF_TARGET**2
        factor = min(1.0, math.sqrt(most / (seen[0] * seen[1])))
        self._input_size = (max(8, round(seen[0] * factor)), max(8, round(seen[1] * factor)))

    @property
    def pixels(self) -> int:
        """The pixels of each frame that the network gets."""
        return self._input_size[0] * self._input_size[1]

    def __call__(self, frames: Frames) -> Frames:
        """Enhance frames (count x height x width x 3) to the finished size."""
        with torch.inference_mode():
            planes = torch.from_numpy(frames.copy()).permute(0, 3, 1, 2)
            whole = self._network.to_device(planes) / 255.0
            made = self._network.batch(_scaled(whole, self._input_size), self._check)
            below = _scaled(whole, self._size)
            mixed = torch.lerp(below, _scaled(made, self._size), self._blend)
            rounded = mixed.mul(255.0).add_(0.5).clamp_(0, 255).to(torch.uint8)
            result: Frames = rounded.permute(0, 2, 3, 1).contiguous().cpu().numpy()
        return result


def _scaled(planes: Any, size: tuple[int, int]) -> Any:
    width, height = size
    if planes.shape[2:] == (height, width):
        return planes
    return functional.interpolate(planes, (height, width), mode="bicubic", antialias=True)
