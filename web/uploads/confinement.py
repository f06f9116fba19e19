"""Decoders of foreign bytes run in children that can use little memory, time and disk.

A child gets none of our environment (there are secrets in it), a directory to write to
and nothing to read but the file. What it says is kept on disk up to a limit, so that a
decoder that complains about every byte fills nobody's memory.
"""

from __future__ import annotations

import errno
import os
import select
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
from web.shares import Shares

_LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_SAID_BYTES: Final = 64 * 1024
WAIT_SECONDS: Final = 60.0
"""For a place to examine a file at; then the caller is asked to come again."""
PATIENCE_SECONDS: Final = 60.0
"""That a child may take by the clock beyond its processor time: the machine may be busy."""
RETRY_SECONDS: Final = 10
_SHORT: Final = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC}


def busy() -> NotReady:
    """The answer where a good file could not be examined now."""
    return NotReady(
        "The server is too busy to examine the file. Send it again in a moment.",
        retry_after=RETRY_SECONDS,
    )


def no_space() -> NotReady:
    """The answer where there is no space to examine a file in."""
    return NotReady(
        "The server is short of space to examine the file. Send it again later.",
        retry_after=6 * RETRY_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use."""

    seconds: int
    """Of processor time."""
    memory: int = 1024**3
    largest_file: int = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a child ended; `code` is negative for a signal."""

    code: int | None
    out: str
    err: str
    exhausted: bool = False
    """Whether it has used up its processor time: the file is to blame, not the machine."""

    @property
    def succeeded(self) -> bool:
        return self.code == 0


class Benches:
    """Places to examine files at: one sender never has all of them."""

    def __init__(self, places: int) -> None:
        self._shares = Shares(places, places - 1)
        self._changed = threading.Condition()

    @contextmanager
    def bench(self, sender: str, seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """A place for as long as the block lasts; others wait for theirs."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._shares.take(sender), seconds):
                raise busy()
        try:
            yield
        finally:
            self._shares.give_back(sender)
            with self._changed:
                self._changed.notify_all()


benches: Final = Benches(max(2, os.cpu_count() or 2) + 1)
"""One more than processors, so that there is one left for another sender."""


def confined(command: Sequence[str], limits: Limits, directory: Path) -> ChildResult:
    """Run a program on its limits, with `directory` as the place where it works."""
    launch = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    numbers = (limits.memory, limits.seconds, limits.largest_file, os.getpid())
    with (
        tempfile.TemporaryFile(dir=directory) as out,
        tempfile.TemporaryFile(dir=directory) as err,
    ):
        try:
            process = subprocess.Popen(  # noqa: S603  the command is ours, never a shell line
                [*launch, *(str(number) for number in numbers), *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=directory,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                process_group=0,
            )
        except OSError as error:
            if error.errno in _SHORT:
                raise busy() from None
            raise
        code, used = _wait(process, limits.seconds + PATIENCE_SECONDS)
        exhausted = code in (None, -signal.SIGKILL, -signal.SIGXCPU) and used >= limits.seconds - 1
        if not exhausted and code in (None, -signal.SIGKILL):
            raise busy()  # it got no processor, or the system took its memory away
        return ChildResult(code, _tail(out), _tail(err), exhausted)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> tuple[int | None, float]:
    """How a child ended (None: its time by the clock was over), and its processor seconds."""
    descriptor = os.pidfd_open(process.pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        late = not ended.poll(1000 * max(0.0, seconds))
    finally:
        os.close(descriptor)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return None if late else process.returncode, usage.ru_utime + usage.ru_stime


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _SAID_BYTES))
    return file.read().decode("utf-8", "replace")
