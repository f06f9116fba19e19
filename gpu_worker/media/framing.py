"""Fit pictures of any shape into the frame of a video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_worker.media.streams import Stream

_MOST_CROPPED = 0.15
"""A scene that would lose more than this share of its picture gets a blurred background."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of the finished video."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Layer:
    """Transparent pictures to overlay on the video; `left` and `top` are in pixels."""

    source: Path
    left: int
    top: int
    options: Mapping[str, Any]
    strips: tuple[tuple[str, int], ...] = ()
    """The pictures that it shows one after the other, beside `source`, each with its frames."""


def placed(size: Stream, frame: Frame) -> tuple[float, float, float]:
    """Return the scale of a scene in the finished frame, and its left and top there."""
    chosen = max if is_cropped(size, frame) else min
    scale = chosen(frame.width / size.width, frame.height / size.height)
    return scale, (frame.width - size.width * scale) / 2, (frame.height - size.height * scale) / 2


def is_cropped(size: Stream, frame: Frame) -> bool:
    """Return whether a picture fills the frame and loses little of its edges."""
    wide, high = size.width * frame.height, size.height * frame.width
    return min(wide, high) / max(wide, high) >= 1 - _MOST_CROPPED
