"""Real-ESRGAN's two architectures in torch, filled with the weights that ncnn stores.

`spandrel` would bring forty more and require torchvision, whose wheels need one build of torch;
`basicsr` can no longer be imported. Two small networks are less to maintain.
Importing this module imports torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpu_worker.engines.enhance.ncnn_file import Layer, UnknownLayer, Weights, layers
from gpu_worker.engines.enhance.tiling import SCALE

_CHANNELS = 64
_GROWTH = 32
_RESIDUAL = 0.2
_SLOPE = 0.2
_CONVOLUTIONS_OF_A_BLOCK = 15
_CONVOLUTIONS_AROUND = 6


def _convolution(takes: int, gives: int) -> nn.Conv2d:
    return nn.Conv2d(takes, gives, 3, padding=1)


class _Dense(nn.Module):
    """Five convolutions; each gets the outputs of all those before it in the block."""

    def __init__(self) -> None:
        super().__init__()
        grown = (_CHANNELS + _GROWTH * before for before in range(5))
        gives = (*(_GROWTH,) * 4, _CHANNELS)
        self.convolutions = nn.ModuleList(map(_convolution, grown, gives))

    def forward(self, x: Tensor) -> Tensor:
        *first, last = self.convolutions
        known = x
        for convolution in first:
            known = torch.cat((known, functional.leaky_relu(convolution(known), _SLOPE)), 1)
        return x + _RESIDUAL * last(known)


class _Block(nn.Module):
    """Three dense blocks around a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Sequential(_Dense(), _Dense(), _Dense())

    def forward(self, x: Tensor) -> Tensor:
        return x + _RESIDUAL * self.dense(x)


class Deep(nn.Module):
    """RRDBNet of ESRGAN (arXiv 1809.00219): a trunk of blocks at the small size."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.first = _convolution(3, _CHANNELS)
        self.blocks = nn.Sequential(*(_Block() for _ in range(blocks)))
        self.joint = _convolution(_CHANNELS, _CHANNELS)
        self.larger = nn.ModuleList(_convolution(_CHANNELS, _CHANNELS) for _ in range(2))
        self.full = _convolution(_CHANNELS, _CHANNELS)
        self.last = _convolution(_CHANNELS, 3)

    def forward(self, picture: Tensor) -> Tensor:
        x = self.first(picture)
        x = x + self.joint(self.blocks(x))
        for convolution in self.larger:
            doubled = functional.interpolate(x, scale_factor=2, mode="nearest")
            x = functional.leaky_relu(convolution(doubled), _SLOPE)
        return self.last(functional.leaky_relu(self.full(x), _SLOPE))


class Compact(nn.Module):
    """SRVGGNetCompact of Real-ESRGAN: a plain chain that is added to the enlarged picture."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        chain: list[Any] = []
        for takes in (3, *(_CHANNELS,) * depth):
            chain += [_convolution(takes, _CHANNELS), nn.PReLU(_CHANNELS)]
        self.chain = nn.Sequential(*chain, _convolution(_CHANNELS, 3 * SCALE**2))

    def forward(self, picture: Tensor) -> Tensor:
        enlarged = functional.interpolate(picture, scale_factor=SCALE, mode="nearest")
        return enlarged + functional.pixel_shuffle(self.chain(picture), SCALE)


def network(structure: Path, weights: Path) -> nn.Module:
    """Load a network, whose layers tell its architecture; every byte must be used."""
    stored = [layer for layer in layers(structure) if layer.kind in ("Convolution", "PReLU")]
    made = _empty(stored)
    content = Weights(weights.read_bytes())
    # Layers are declared in the order in which they work, and ncnn stores them in that order.
    wanted = [part for part in made.modules() if isinstance(part, nn.Conv2d | nn.PReLU)]
    if len(wanted) != len(stored):
        raise UnknownLayer(f"{len(stored)} layers with weights, not {len(wanted)}")
    with torch.no_grad():
        for part, layer in zip(wanted, stored, strict=True):
            _fill(part, layer, content)
    content.end()
    return made.eval().requires_grad_(requires_grad=False)


def _empty(stored: list[Layer]) -> nn.Module:
    convolutions = sum(layer.kind == "Convolution" for layer in stored)
    if convolutions < len(stored):
        return Compact(convolutions - 2)
    return Deep((convolutions - _CONVOLUTIONS_AROUND) // _CONVOLUTIONS_OF_A_BLOCK)


def _fill(part: Any, layer: Layer, content: Weights) -> None:
    if isinstance(part, nn.Conv2d):
        kernel, bias = content.convolution(layer)
        _copy(part.weight, kernel)
        _copy(part.bias, bias)
    else:
        _copy(part.weight, content.slopes(layer))


def _copy(target: Any, values: Any) -> None:
    if tuple(target.shape) != values.shape:
        raise UnknownLayer(f"{values.shape} where {tuple(target.shape)} belongs")
    target.copy_(torch.from_numpy(values))
