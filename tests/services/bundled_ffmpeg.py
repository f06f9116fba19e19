"""The static ffmpeg of a wheel, which tests use unless they take `system_ffmpeg`.

It starts in a fifth of the 80 ms that Debian's takes, and tests start it thousands of times.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

VARIABLE = "FFMPEG"
"""Chooses the ffmpeg of every process of the product."""


@cache
def environ() -> dict[str, str]:
    """Return the variable that chooses it; none where the wheel is not installed."""
    found = importlib.util.find_spec("imageio_ffmpeg")
    if found is None or found.origin is None:
        return {}
    programs = sorted((Path(found.origin).parent / "binaries").glob("ffmpeg-*"))
    return {VARIABLE: str(programs[0])} if programs else {}
