"""Decoders of foreign bytes run in children that can use little memory, time and disk.

A child gets none of our environment (there are secrets in it), a directory to write to
and nothing to read but the file. What it says is kept on disk up to a limit, so that a
decoder that complains about every byte fills nobody's memory.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tasks.domain.errors import NotReady

_LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_SAID_BYTES: Final = 64 * 1024
_PATIENCE_SECONDS: Final = 120.0
_benches = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use."""

    seconds: int
    memory: int = 1024**3
    largest_file: int = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended; `code` is negative for a signal, None when its time was over."""

    code: int | None
    out: str
    err: str

    @property
    def well(self) -> bool:
        return self.code == 0


@contextmanager
def bench() -> Iterator[None]:
    """A place to look into a file at: as many as there are processors, the others wait."""
    if not _benches.acquire(timeout=_PATIENCE_SECONDS):
        raise NotReady("Too many files are being examined now; try again in a moment.")
    try:
        yield
    finally:
        _benches.release()


def confined(command: Sequence[str], limits: Limits, directory: Path) -> Ending:
    """Run a program on its limits, with `directory` as the place where it works."""
    launch = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    numbers = (limits.memory, limits.seconds, limits.largest_file, os.getpid())
    with (
        tempfile.TemporaryFile(dir=directory) as out,
        tempfile.TemporaryFile(dir=directory) as err,
    ):
        process = subprocess.Popen(  # noqa: S603  the command is ours, never a shell line
            [*launch, *(str(number) for number in numbers), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=directory,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            process_group=0,
        )
        code = _wait(process, limits.seconds)
        return Ending(code, _tail(out), _tail(err))


def _wait(process: subprocess.Popen[bytes], seconds: int) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _SAID_BYTES))
    return file.read().decode("utf-8", "replace")
