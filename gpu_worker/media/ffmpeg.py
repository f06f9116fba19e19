"""Find and run ffmpeg, with progress, a check for stops, and errors of the product.

The ffmpeg of the machine is used if there is one, or else the one in the
`imageio-ffmpeg` wheel. The wheel has no ffprobe: see `gpu_worker.media.streams`.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from gpu_worker.engine import Probe
from gpu_worker.subprocesses import child
from tasks.domain.errors import EngineBroken, InputRefused, StageError, StageOutOfMemory

UNTRUSTED = (
    "-protocol_whitelist",
    "file,pipe",
    "-format_whitelist",
    "mov,mp4,matroska,webm,wav,mp3,flac,ogg,png_pipe,jpeg_pipe,image2,rawvideo",
    "-max_pixels",
    "40000000",
)
"""Input options for files of users: without them a playlist named `.mp4` reads local files."""

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-y")
_CHECK_SECONDS = 0.2
"""Seconds between two checks for a stop; cancelling takes no longer than this."""


@cache
def executable() -> str:
    """Return the path of ffmpeg; the variable `FFMPEG` overrides it."""
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


@cache
def version() -> str:
    """Return which ffmpeg this is: the first line of what it says of itself."""
    with child([executable(), "-version"]) as process:
        told, _ = process.communicate()
    return told.decode("utf-8", "replace").partition("\n")[0].strip()


def probe() -> Probe:
    """Probe for an ffmpeg that can be run."""
    try:
        executable()
    except (ImportError, RuntimeError) as error:
        return Probe(False, f"ffmpeg is missing: {error}", "install ffmpeg or imageio-ffmpeg")
    return Probe(True)


def run(
    arguments: Sequence[str],
    *,
    check: Callable[[], None],
    on_seconds: Callable[[float], None] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run ffmpeg to its end and return its log.

    `check` is called several times a second and may raise to stop it; `on_seconds` gets the
    position in the output.
    """
    command = [executable(), *QUIET, "-progress", "pipe:1", *arguments]
    with (
        tempfile.TemporaryFile() as errors,
        child(command, stderr=errors, cwd=cwd) as process,
    ):
        _follow(process, check, on_seconds or (lambda _: None))
        code = process.wait(timeout=30)
        log = _read(errors)
    if code != 0:
        raise failure(code, log)
    return log


def _follow(
    process: subprocess.Popen[bytes],
    check: Callable[[], None],
    on_seconds: Callable[[float], None],
) -> None:
    assert process.stdout is not None  # noqa: S101  child() opens it
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            check()
            if not selector.select(_CHECK_SECONDS):
                continue
            report = os.read(process.stdout.fileno(), 65536)
            if not report:
                return
            for line in report.splitlines():
                key, _, value = line.partition(b"=")
                if key == b"out_time_us" and value.strip().isdigit():
                    on_seconds(int(value) / 1e6)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def failure(code: int, log: str) -> StageError:
    """Return the error for a failure of ffmpeg; its log is for operators."""
    details: dict[str, Any] = {"exit_status": code, "ffmpeg": log[-2000:]}
    if code == -9 or "Cannot allocate memory" in log:
        return StageOutOfMemory(**details)
    if "No space left on device" in log:
        return EngineBroken("The disk of this machine is full.", **details)
    if "Invalid data found when processing input" in log or "moov atom not found" in log:
        return InputRefused("One of the media files could not be read.", **details)
    return EngineBroken("Processing the video failed on this machine.", **details)
