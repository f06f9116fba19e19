"""Decode an untrusted sound file to samples with ffmpeg."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gpu_worker.engine import Context
from gpu_worker.media.ffmpeg import UNTRUSTED, executable
from gpu_worker.subprocesses import child
from tasks.domain.errors import VoiceRefused

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

_CHECK_SECONDS = 0.2


def decoded(file: Path, rate: int, longest: float, ctx: Context) -> Samples:
    """Return one channel at this rate; read at most a second beyond `longest`."""
    import numpy as np

    command = [
        executable(),
        *("-nostdin", "-v", "error", *UNTRUSTED, "-i", str(file)),
        *("-map", "0:a:0", "-t", str(longest + 1)),
        *("-ac", "1", "-ar", str(rate), "-f", "s16le", "pipe:1"),
    ]
    with (
        tempfile.TemporaryFile(dir=ctx.workdir) as sound,
        tempfile.TemporaryFile(dir=ctx.workdir) as said,
        child(command, stdout=sound, stderr=said) as process,
    ):
        _wait(process, ctx)
        sound.seek(0)
        samples = np.frombuffer(sound.read(), "<i2")
        if process.returncode or not samples.size:
            said.seek(0)
            raise VoiceRefused(
                "The recording cannot be read as sound.",
                ffmpeg=said.read(4000).decode(errors="replace"),
            )
    return samples.astype(np.float32) / 32768


def _wait(process: subprocess.Popen[bytes], ctx: Context) -> None:
    """Wait for a child process, and check for cancellation while waiting."""
    while True:
        try:
            process.wait(_CHECK_SECONDS)
        except subprocess.TimeoutExpired:
            ctx.check()
        else:
            return
