"""What a model is asked for and what it makes; encoding a film as MP4."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Order:
    """A clip to make."""

    prompt: str
    seconds: float
    width: int
    height: int
    picture: bytes | None = None
    """The picture that it begins with, as a file."""


@dataclass(frozen=True, slots=True)
class Film:
    """The frames of a clip; width and height are even."""

    width: int
    height: int
    frames_a_second: float
    frames: Iterable[bytes]
    """Each is `width * height * 3` bytes of RGB."""


Progress = Callable[[float], None]
"""Takes a share from 0 to 1. Raises `Withdrawn` if the clip is not wanted any more."""
Make = Callable[[Order, Progress], Film]
Load = Callable[[Mapping[str, Any]], Make]
"""Loads a model by the configuration of the server."""


class Withdrawn(Exception):
    """The clip was deleted while it was made."""


class NotEncoded(Exception):
    """ffmpeg has not made a file of the frames."""


def ffmpeg() -> str:
    """Return the path of ffmpeg; the variable `FFMPEG` overrides it."""
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def encode(film: Film, target: Path) -> None:
    """Write the frames as H.264 in MP4; raise `NotEncoded`."""
    size, rate = f"{film.width}x{film.height}", f"{film.frames_a_second:g}"
    command = [ffmpeg(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", size, "-r", rate, "-i", "pipe:0", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    command += ["-crf", "17", "-movflags", "+faststart", str(target)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said)  # noqa: S603
        assert process.stdin is not None  # noqa: S101  a pipe was asked for
        try:
            for frame in film.frames:
                process.stdin.write(frame)
            process.stdin.close()
        except BrokenPipeError:
            pass  # its exit code says that it has failed
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        if code != 0:
            said.seek(0)
            raise NotEncoded(said.read()[-300:].decode("utf-8", "replace"))
