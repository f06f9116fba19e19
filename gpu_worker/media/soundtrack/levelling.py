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


METER: Final = "ebur128=framelog=verbose"
"""A filter that changes nothing, and after which `integrated` reads the log of ffmpeg."""
_TRIES: Final = 3
_NEAR: Final = 0.2


def level(source: Path, loudness: float, target: Path, check: Callable[[], None]) -> None:
    """Write a track of known loudness with one gain and a limiter, whose loss is made up for.

    One gain for the whole track keeps the dynamics of the speaker, which the one-pass `loudnorm`
    flattens, and is exact for short videos, too. What is written is measured as it is written.
    """
    if loudness <= _SILENT:
        _write(source, "anull", target, check)
        return
    gain = LOUDNESS - loudness
    for _ in range(_TRIES):
        missing = LOUDNESS - _write(source, _limited(gain), target, check)
        if abs(missing) < _NEAR:
            return
        gain += missing
    _write(source, _limited(gain), target, check)


def _write(source: Path, filters: str, target: Path, check: Callable[[], None]) -> float:
    written = ["-af", f"{filters},{METER}", "-c:a", "pcm_s24le", str(target)]
    return integrated(ffmpeg.run(["-i", str(source), *written], check=check))


def _limited(gain: float) -> str:
    limiter = f"alimiter=limit={_CEILING}:attack=2:release=60:level=0"
    return f"volume={gain:.2f}dB:precision=float,{limiter}"


def measure(path: Path, before: str, check: Callable[[], None]) -> float:
    """Measure the integrated loudness in LUFS after some filters; -70 means silence."""
    meter = f"{before},{METER}"
    log = ffmpeg.run(["-i", str(path), "-af", meter, "-f", "null", "-"], check=check)
    return integrated(log)


def integrated(log: str) -> float:
    """Return the integrated loudness in ebur128's summary."""
    found = _INTEGRATED.findall(log)
    value = float(found[-1]) if found else -70.0
    return value if value > -70.0 else -70.0
