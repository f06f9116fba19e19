"""Find out whether the sound of a video is where it was mixed to be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gpu_worker.media import ffmpeg, fingerprints
from gpu_worker.media.fingerprints import SOUND_RATE, Samples

_STEP: Final = 0.01
"""Seconds of one value of the loudness that is compared."""
_MOST: Final = 2.0
"""Seconds by which the sound may be moved to be found."""
_ALIKE: Final = 0.6
"""Correlation from which both are the same sound."""


def of(samples: Samples, mixed: Path, check: Callable[[], None]) -> float | None:
    """Return how many seconds later a sound is heard than it was mixed; None: unlike or silent.

    `samples` are those of the video, `mixed` is the track that the edit was given.
    """
    if not samples.sound.is_file():
        return None
    meant_samples = samples.directory / "mixed.pcm"
    shape = ["-map", "0:a:0", "-af", fingerprints.SOUND_FILTER, "-f", "s16le"]
    ffmpeg.run(["-i", str(mixed), *shape, str(meant_samples)], check=check)
    played, meant = _loudness(samples.sound), _loudness(meant_samples)
    count = min(len(played), len(meant))
    reach = min(round(_MOST / _STEP), count // 3)
    if not reach or played.std() == 0 or meant.std() == 0:
        return None
    played, meant = played[:count], meant[:count]
    best, at = max((_alike(played, meant, lag), lag) for lag in range(-reach, reach + 1))
    return at * _STEP if best >= _ALIKE else None


def _alike(played: Any, meant: Any, lag: int) -> float:
    import numpy as np

    one, other = (played[lag:], meant) if lag >= 0 else (played, meant[-lag:])
    count = min(len(one), len(other))
    one, other = one[:count] - one[:count].mean(), other[:count] - other[:count].mean()
    whole = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / whole if whole > 0 else 0.0


def _loudness(path: Path) -> Any:
    """Return how the loudness changes, in steps: the beginnings of what is heard."""
    import numpy as np

    samples, size = np.fromfile(path, "<i2").astype(np.float32), round(SOUND_RATE * _STEP)
    rows = samples[: len(samples) // size * size].reshape(-1, size)
    level = np.log(np.sqrt((rows**2).mean(axis=1)) + 30.0)
    return np.diff(level)
