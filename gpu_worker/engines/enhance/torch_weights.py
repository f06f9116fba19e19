"""A torch network with the weights that ncnn keeps of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from gpu_worker.engines.enhance.ncnn_file import Layer, UnknownLayer, Weights, layers
from gpu_worker.engines.enhance.torch_layers import Compact, Deep

_CONVOLUTIONS_OF_A_BLOCK = 15
_CONVOLUTIONS_AROUND = 6


def network(structure: Path, weights: Path) -> nn.Module:
    """Which of the two it is follows from its layers; both files must fit to the last byte."""
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
