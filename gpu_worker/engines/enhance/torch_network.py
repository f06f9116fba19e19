"""Run a Real-ESRGAN network in torch: fourfold upscaling in batches, by tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpu_worker.engines.enhance.tiling import SCALE, Tiling, tiles
from gpu_worker.models import torch_device

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Pixels = NDArray[np.float32]


class TorchNetwork:
    """A loaded network; `upscale` is the same as that of the CPU network."""

    def __init__(self, structure: Path, weights: Path, tiling: Tiling) -> None:
        import torch

        from gpu_worker.engines.enhance.torch_layers import network

        self.device, self.precision = torch_device.device(), torch_device.precision()
        net = network(structure, weights).to(self.device, self.precision)
        self._net: Any = net.to(memory_format=torch.channels_last)
        self._tiling = tiling

    def upscale(
        self,
        picture: Pixels,
        check: Callable[[], None],
        on_part: Callable[[float], None] | None = None,
    ) -> Pixels:
        """Upscale a picture (height x width x 3, values 0 to 1) fourfold in both directions."""
        import torch

        with torch.inference_mode():
            planes = torch.from_numpy(picture).permute(2, 0, 1)[None]
            made = self.batch(self.to_device(planes), check, on_part)
            pixels: Pixels = made[0].permute(1, 2, 0).float().cpu().numpy()
        return pixels

    def to_device(self, planes: Tensor) -> Tensor:
        """Move planes to the device, in the precision and layout of the network."""
        import torch

        moved = planes.to(self.device, non_blocking=True).to(self.precision)
        return moved.contiguous(memory_format=torch.channels_last)

    def batch(
        self,
        pictures: Tensor,
        check: Callable[[], None],
        on_part: Callable[[float], None] | None = None,
    ) -> Tensor:
        """Upscale pictures of one size (values 0 to 1), one tile of all of them at a time."""
        import torch

        count, _, height, width = pictures.shape
        parts = list(tiles(width, height, self._tiling))
        result = torch.empty(
            (count, 3, height * SCALE, width * SCALE), dtype=self.precision, device=self.device
        )
        for number, (inner, outer) in enumerate(parts, 1):
            check()
            made = self._net(pictures[:, :, outer[1] : outer[3], outer[0] : outer[2]])
            left, top = (inner[0] - outer[0]) * SCALE, (inner[1] - outer[1]) * SCALE
            x0, y0, x1, y1 = (edge * SCALE for edge in inner)
            result[:, :, y0:y1, x0:x1] = made[:, :, top : top + y1 - y0, left : left + x1 - x0]
            if on_part:
                on_part(number / len(parts))
        return result.clamp_(0.0, 1.0)
