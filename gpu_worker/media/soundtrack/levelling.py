"""Bring a track to the loudness that platforms expect, with one gain and a limiter."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gpu_worker.media import ffmpeg

LOUDNESS: Final = -16.0
"""LUFS, integrated (EBU R128)."""
_CEILING: Final = 0.8
"""-1.9 dB, which stays below -1 dB between samples and after AAC."""
_SILENT: Final = -60.0
_INTEGRATED = re.compile(r"I: +(-?[\d.]+|-?inf|nan) LUFS")


def filters(path: Path, check: Callable[[], None]) -> str:
    """Return a gain and a limiter; the loss of the limiter is added to the gain.

    One gain for the whole track keeps the dynamics of the speaker, which the one-pass `loudnorm`
    flattens, and is exact for short videos, too.
    """
    loudness = measure(path, "anull", check)
    if loudness <= _SILENT:
        return "anull"
    gain = LOUDNESS - loudness
    for _ in range(3):
        missing = LOUDNESS - measure(path, _limited(gain), check)
        if abs(missing) < 0.2:
            break
        gain += missing
    return _limited(gain)


def _limited(gain: float) -> str:
    limiter = f"alimiter=limit={_CEILING}:attack=2:release=60:level=0"
    return f"volume={gain:.2f}dB:precision=float,{limiter}"


def measure(path: Path, before: str, check: Callable[[], None]) -> float:
    """Measure the integrated loudness in LUFS after some filters; -70 means silence."""
    meter = f"{before},ebur128=framelog=verbose"
    log = ffmpeg.run(["-i", str(path), "-af", meter, "-f", "null", "-"], check=check)
    return integrated(log)


def integrated(log: str) -> float:
    """Return the integrated loudness in ebur128's summary."""
    found = _INTEGRATED.findall(log)
    value = float(found[-1]) if found else -70.0
    return value if value > -70.0 else -70.0
