"""Find scenes in which a person is seen and heard, and whose mouth does not move."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gpu_worker.media import faces, ffmpeg
from gpu_worker.subprocesses import child

_RATE: Final = 8.0
_HIGH: Final = 640
_SMALLEST: Final = 0.1
"""Height of a face, as a share of the frame, from which its lips can be judged."""
_SEEN: Final = 0.6
"""Share of the frames in which the face must be seen."""
_MOVES: Final = 0.02
"""How much the gap between the lips changes in speech, as a share of the face's height."""
_FEWEST: Final = 5


@dataclass(frozen=True, slots=True)
class Speech:
    """When the person of a scene speaks."""

    scene: int
    start: float
    seconds: float


def still(
    path: Path, size: tuple[int, int], spoken: Sequence[Speech], check: Callable[[], None]
) -> tuple[int, ...]:
    """Return the scenes in which a mouth is seen well, and does not move while it should speak."""
    found = []
    for speech in spoken:
        gaps = [faces.lips(frame) for frame in _frames(path, size, speech)]
        check()
        seen = [gap for gap in gaps if gap is not None and gap.face >= _SMALLEST]
        if len(seen) < max(_FEWEST, _SEEN * len(gaps)):
            continue
        opened = sorted(gap.open for gap in seen)
        tenth = len(opened) // 10
        if opened[-1 - tenth] - opened[tenth] < _MOVES:
            found.append(speech.scene)
    return tuple(found)


def _frames(path: Path, size: tuple[int, int], speech: Speech) -> Any:
    """Return RGB frames of a part of a video."""
    import numpy as np

    scale = _HIGH / size[1]
    width, height = (max(8, round(side * scale / 2) * 2) for side in size)
    shape = f"fps={_RATE},scale={width}:{height}:flags=area,format=rgb24"
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error"]
    command += ["-ss", f"{speech.start:.3f}", "-t", f"{speech.seconds:.3f}", "-i", str(path)]
    command += ["-map", "0:V:0", "-vf", shape, "-f", "rawvideo", "pipe:1"]
    with child(command, stderr=subprocess.DEVNULL) as process:
        content, _ = process.communicate()
    whole = len(content) // (width * height * 3)
    pixels = np.frombuffer(content, np.uint8, whole * width * height * 3)
    return pixels.reshape(whole, height, width, 3)
