"""Convert RGB to the colours of the video (BT.709, limited range), once for a still.

Frames are painted in Y'CbCr: a warp works the same on any three channels, and the encoder needs no
conversion per frame.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
_LUMA = np.array([_KR, _KG, _KB])
_MATRIX = np.stack(
    [
        _LUMA * 219 / 255,
        (np.array([0, 0, 1]) - _LUMA) / (2 * (1 - _KB)) * 224 / 255,
        (np.array([1, 0, 0]) - _LUMA) / (2 * (1 - _KR)) * 224 / 255,
    ]
)
BLACK = np.array([16, 128, 128], np.float32)
"""Black; when it is subtracted from colours, light and shade are plain factors."""


def to_yuv(rgb: npt.NDArray[np.generic]) -> Floats:
    """Convert RGB values (0 to 255) to Y', Cb, Cr without rounding."""
    yuv: Floats = (rgb.astype(np.float32) @ _MATRIX.T.astype(np.float32)) + BLACK
    return yuv


def to_bytes(values: Floats) -> Bytes:
    rounded: Bytes = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return rounded
