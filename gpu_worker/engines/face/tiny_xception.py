"""Run the small network of `@vladmandic/face-api` (TinyXception) in numpy.

Its weights are stored as TensorFlow.js stores them: a manifest in JSON, and the values one after
the other, most of them quantised to bytes. Pictures are batches of RGB, 112 pixels a side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SIDE: Final = 112
_MEAN: Final = (122.782, 117.001, 104.298)
_BLOCKS: Final = 2
_KERNEL: Final = tuple((row, column) for row in range(3) for column in range(3))


def read_weights(manifest: bytes, values: bytes) -> dict[str, Floats]:
    """Return the weights by name; raises `ValueError` or `KeyError` if a file is damaged."""
    weights: dict[str, Floats] = {}
    at = 0
    for entry in json.loads(manifest)[0]["weights"]:
        count = int(np.prod(entry["shape"]))
        packed = entry.get("quantization")
        kind = np.dtype(np.uint8 if packed else "<f4")
        found = np.frombuffer(values, kind, count, at).astype(np.float32)
        if packed:
            found = found * np.float32(packed["scale"]) + np.float32(packed["min"])
        weights[entry["name"]] = found.reshape(entry["shape"])
        at += count * kind.itemsize
    if at != len(values):
        raise ValueError("the values do not fit the manifest")
    return weights


class TinyXception:
    """The network up to its features, and one linear layer on top of them."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights

    def answers(self, pictures: npt.NDArray[np.uint8], layer: str) -> Floats:
        """Return what a linear layer says of each picture, before any softmax."""
        pooled = self._features(pictures).mean((1, 2))
        answers: Floats = pooled @ self._weights[f"{layer}/weights"]
        return answers + self._weights[f"{layer}/bias"]

    def _features(self, pictures: npt.NDArray[np.uint8]) -> Floats:
        seen = (pictures.astype(np.float32) - np.array(_MEAN, np.float32)) / np.float32(255)
        found = _relu(self._first(seen))
        found = self._reduced(found, "entry_flow/reduction_block_0", _plain)
        found = self._reduced(found, "entry_flow/reduction_block_1", _relu)
        for block in range(_BLOCKS):
            found = self._refined(found, f"middle_flow/main_block_{block}")
        found = self._reduced(found, "exit_flow/reduction_block", _relu)
        return _relu(self._separable(found, "exit_flow/separable_conv"))

    def _first(self, seen: Floats) -> Floats:
        """Convolve every second pixel; as in TensorFlow, only the far edges are padded."""
        name = "entry_flow/conv_in"
        filters = self._weights[f"{name}/filters"]
        padded = np.pad(seen, ((0, 0), (0, 1), (0, 1), (0, 0)))
        return _sum(_every_second(padded, at) @ filters[at] for at in _KERNEL) + self._bias(name)

    def _reduced(self, found: Floats, name: str, activate: Any) -> Floats:
        """Halve the size and add detail."""
        deep = self._separable(activate(found), f"{name}/separable_conv0")
        deep = self._separable(_relu(deep), f"{name}/separable_conv1")
        beside = f"{name}/expansion_conv"
        short = found[:, ::2, ::2] @ self._weights[f"{beside}/filters"][0, 0] + self._bias(beside)
        joined: Floats = _halved(deep) + short
        return joined

    def _refined(self, found: Floats, name: str) -> Floats:
        deep = found
        for number in range(3):
            deep = self._separable(_relu(deep), f"{name}/separable_conv{number}")
        return deep + found

    def _separable(self, found: Floats, name: str) -> Floats:
        """Convolve each channel on its own, then mix the channels."""
        own = self._weights[f"{name}/depthwise_filter"][..., 0]
        height, width = found.shape[1:3]
        padded = np.pad(found, ((0, 0), (1, 1), (1, 1), (0, 0)))
        spread = _sum(
            padded[:, row : row + height, column : column + width] * own[row, column]
            for row, column in _KERNEL
        )
        mixed: Floats = spread @ self._weights[f"{name}/pointwise_filter"][0, 0]
        return mixed + self._bias(name)

    def _bias(self, name: str) -> Floats:
        return self._weights[f"{name}/bias"]


def _sum(parts: Any) -> Floats:
    whole: Floats = sum(parts)
    return whole


def _plain(found: Floats) -> Floats:
    return found


def _relu(found: Floats) -> Floats:
    return np.maximum(found, np.float32(0))


def _halved(found: Floats) -> Floats:
    """Return the largest of each three by three, at every second place."""
    far = ((0, 0), (0, 1), (0, 1), (0, 0))
    padded = np.pad(found, far, constant_values=-np.inf)
    largest: Floats = np.maximum.reduce([_every_second(padded, at) for at in _KERNEL])
    return largest


def _every_second(padded: Floats, at: tuple[int, int]) -> Floats:
    row, column = at
    return padded[:, row : padded.shape[1] - 2 + row : 2, column : padded.shape[2] - 2 + column : 2]
