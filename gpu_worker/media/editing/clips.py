"""Read the clip of a scene: a video, or a picture over which the camera moves slowly."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gpu_worker.media import ffmpeg, streams
from gpu_worker.media.samples import inspection
from gpu_worker.subprocesses import child
from tasks.domain.errors import InputRefused

THUMB: Final = 96
"""Pixels of the longer side of the frames by which a clip is judged."""
THUMBS_A_SECOND: Final = 5
_LONGEST: Final = 60
_TO_SDR: Final = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
)
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")


@dataclass(frozen=True, slots=True)
class Clip:
    """What a scene shows, and small frames of it."""

    path: Path
    width: int
    height: int
    seconds: float
    """0: a picture."""
    mended: str = ""
    """Filters that bring it to square pixels and standard range, with a comma at their end."""

    @property
    def is_picture(self) -> bool:
        return self.seconds == 0.0

    def thumbs(self, check: Callable[[], None]) -> Any:
        """Return small RGB frames, a few a second; at most a minute of them."""
        import numpy as np

        scale = THUMB / max(self.width, self.height)
        width, height = (max(8, round(side * scale / 2) * 2) for side in (self.width, self.height))
        rate = "" if self.is_picture else f"fps={THUMBS_A_SECOND},"
        shape = f"{rate}{self.mended}scale={width}:{height}:flags=area,format=rgb24"
        command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", *ffmpeg.UNTRUSTED]
        command += ["-t", str(_LONGEST), "-i", str(self.path), "-map", "0:V:0", "-vf", shape]
        command += ["-frames:v", str(_LONGEST * THUMBS_A_SECOND), "-f", "rawvideo", "pipe:1"]
        with child(command, stderr=subprocess.DEVNULL) as process:
            content, _ = process.communicate()
        check()
        whole = len(content) // (width * height * 3)
        if not whole:
            raise InputRefused("The clip of a scene could not be read.", clip=self.path.name)
        frames = np.frombuffer(content, np.uint8, whole * width * height * 3)
        return frames.reshape(whole, height, width, 3)


def read(path: Path) -> Clip:
    """Return a clip; raise `InputRefused` if it shows nothing."""
    with path.open("rb") as file:
        head = file.read(4)
    if head in _PICTURES or head[:3] in _PICTURES:
        from PIL import Image

        with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as image:
            return Clip(path, image.width, image.height, 0.0)
    picture, seen = streams.video(path), inspection.shown(path)
    # A turned picture is turned by the decoder.
    stretched = f"scale={seen.width}:{seen.height},setsar=1," if seen.is_stretched else ""
    mended = (_TO_SDR if seen.is_hdr else "") + stretched
    return Clip(path, seen.width, seen.height, picture.seconds, mended)
