"""Read recordings of people: voices, and the track that they want to hear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gpu_worker.media import ffmpeg
from gpu_worker.media.soundtrack import beats
from gpu_worker.media.soundtrack import synthesis as make
from gpu_worker.media.soundtrack.synthesis import RATE

_LONGEST: Final = 75
"""Seconds that are read: no video is longer than a minute."""
_FADE: Final = 1.5


def read(source: Path, folder: Path, check: Callable[[], None], speed: float = 1.0) -> Any:
    """Return a recording in stereo at `RATE`, faster if asked."""
    import numpy as np

    raw = folder / "recording.f32"
    hurried = f",atempo={speed:.4f}" if speed != 1.0 else ""
    shape = f"aresample={RATE},aformat=sample_fmts=flt:channel_layouts=stereo{hurried}"
    opened = [*ffmpeg.UNTRUSTED, "-t", str(_LONGEST), "-i", str(source), "-map", "0:a:0"]
    ffmpeg.run([*opened, "-af", shape, "-f", "f32le", str(raw)], check=check)
    samples = np.fromfile(raw, "<f4")
    raw.unlink()
    return np.nan_to_num(samples[: len(samples) // 2 * 2].reshape(-1, 2))


def as_long(samples: Any, count: int) -> Any:
    """Repeat or cut a track to a length; it ends with a fade."""
    import numpy as np

    if len(samples) < count:
        samples = np.tile(samples, (-(-count // len(samples)), 1))
    return make.faded(samples[:count].copy(), 0.01, min(_FADE, count / RATE / 3))


def for_beats(samples: Any) -> Any:
    """Return mono sound at the rate at which beats are looked for."""
    import numpy as np

    mono = make.filtered(samples.mean(axis=1), high=0.45 * beats.RATE)
    at = np.arange(0, len(mono) - 1, RATE / beats.RATE)
    return np.interp(at, np.arange(len(mono)), mono).astype(np.float32)
