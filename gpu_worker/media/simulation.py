"""Shared code of the simulated engines: fixed durations, and the mark on their results."""

from __future__ import annotations

import struct
import subprocess
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

from config.environments import ENVIRONMENTS
from config.settings import current
from config.stages import ALL_STAGES
from gpu_worker.engine import Context, EngineSpec, Kind, Probe, WithoutModel
from gpu_worker.media.ffmpeg import executable
from gpu_worker.subprocesses import child
from tasks.domain.errors import EngineBroken

TICK_SECONDS = 0.1

# The mark in a 5 x 7 font: not every environment has a font file.
_LETTERS = {
    "S": ("01111", "10000", "10000", "01110", "00001", "00001", "11110"),
    "I": ("01110", "00100", "00100", "00100", "00100", "00100", "01110"),
    "M": ("10001", "11011", "10101", "10101", "10001", "10001", "10001"),
    "U": ("10001", "10001", "10001", "10001", "10001", "10001", "01110"),
    "L": ("10000", "10000", "10000", "10000", "10000", "10000", "11111"),
    "A": ("01110", "10001", "10001", "11111", "10001", "10001", "10001"),
    "T": ("11111", "00100", "00100", "00100", "00100", "00100", "00100"),
    "E": ("11111", "10000", "10000", "11110", "10000", "10000", "11111"),
    "D": ("11110", "10001", "10001", "10001", "10001", "10001", "11110"),
}
WORD = "SIMULATED"


def simulated_spec(
    stage: str, params: tuple[str, ...], files: tuple[str, ...], *, uses_seed: bool = False
) -> EngineSpec:
    """Declare a simulated engine, which runs in every environment of its stage."""
    kind: Kind = "simulated"
    return EngineSpec(
        name="simulated",
        stage=stage,
        version="1",
        kind=kind,
        environments=tuple(e.name for e in ENVIRONMENTS.values() if stage in e.stages),
        licence="Apache-2.0",
        params=params,
        files=files,
        uses_seed=uses_seed,
        voice_match="plain" if stage == "voice" else "",
        memory_fallbacks=("half_batch", "tiles"),
    )


class Simulated(WithoutModel):
    """A base class for simulated engines, which can run anywhere."""

    def probe(self) -> Probe:
        return Probe(ok=True)


class SimulatedWork:
    """A simulated stage, which takes as long as it declares."""

    def __init__(self, stage: str, ctx: Context) -> None:
        self._seconds = ALL_STAGES[stage].seconds * current().simulation_speed
        self._began = time.monotonic()
        self._ctx = ctx

    def finish(self) -> None:
        """Wait for the rest of the time; report progress and check for a stop."""
        while (passed := time.monotonic() - self._began) < self._seconds:
            self._ctx.progress(passed / self._seconds, "simulated")
            time.sleep(min(TICK_SECONDS, self._seconds - passed))
        self._ctx.progress(1.0, "simulated")


def banner(path: Path, scale: int) -> Path:
    """Write a PNG that says SIMULATED, white on magenta."""
    rows = ["0" + "0".join(_LETTERS[letter][row] for letter in WORD) + "0" for row in range(7)]
    empty = "0" * len(rows[0])
    lines = [
        b"\0" + b"".join(_pixel(dot) * scale for dot in row)
        for row in [empty, *rows, empty]
        for _ in range(scale)
    ]
    width, height = len(empty) * scale, 9 * scale
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    return path


def ffmpeg(arguments: Sequence[str], stage: str) -> None:
    """Run ffmpeg to its end."""
    command = [executable(), "-nostdin", "-v", "error", "-y", *arguments]
    with child(command, stdout=subprocess.DEVNULL) as process:
        _, errors = process.communicate()
    if process.returncode != 0:
        raise EngineBroken(stage=stage, ffmpeg=errors.decode(errors="replace")[-500:])


def _pixel(dot: str) -> bytes:
    return b"\xff\xff\xff" if dot == "1" else b"\xc0\x20\x90"


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
