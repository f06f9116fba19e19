"""Run decoders of untrusted files in child processes with little memory, time and disk space.

A child receives none of the server's environment, which contains secrets, only the file and a
directory to write to. Its output goes to disk up to a limit, so that a decoder that complains about
every byte does not fill the server's memory.
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
_OUTPUT_BYTES: Final = 64 * 1024
WAIT_SECONDS: Final = 60.0
"""How long a file waits for a slot before the caller is asked to retry."""
GRACE_SECONDS: Final = 60.0
"""Wall-clock time that a child may take beyond its processor time on a busy machine."""
RETRY_SECONDS: Final = 10
_RESOURCE_ERRORS: Final = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC}


def busy() -> NotReady:
    """Create the error for a file that could not be checked because the server is busy."""
    return NotReady(
        "The server is too busy to check the file. Send it again in a moment.",
        retry_after=RETRY_SECONDS,
    )


def no_space() -> NotReady:
    """Create the error for a file that could not be checked for lack of disk space."""
    return NotReady(
        "The server has too little disk space to check the file. Send it again later.",
        retry_after=6 * RETRY_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """The resources that a child process may use."""

    seconds: int
    """Processor time."""
    memory: int = 1024**3
    largest_file: int = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a child process ended; `code` is negative for a signal."""

    code: int | None
    out: str
    err: str
    exhausted: bool = False
    """Whether it used all its processor time, so that the file is at fault, not the machine."""

    @property
    def succeeded(self) -> bool:
        return self.code == 0


@dataclass(frozen=True, slots=True)
class Detection:
    """A file whose type the child detects before it becomes the program, and what it must be."""

    library: str
    database: str
    source: str
    types: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return self.library, self.database, self.source, ",".join(self.types)


_NO_DETECTION: Final = Detection("", "", "", ())


class Benches:
    """Slots for checking files; no single sender can take all of them."""

    def __init__(self, slots: int) -> None:
        self._shares = Shares(slots, slots - 1)
        self._changed = threading.Condition()

    @contextmanager
    def bench(self, sender: str, seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold a slot for the length of a block, waiting for one if necessary."""
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
"""One more than there are processors, so that a slot is left for another sender."""


def confined(
    command: Sequence[str],
    limits: Limits,
    directory: Path,
    detection: Detection = _NO_DETECTION,
) -> ChildResult:
    """Run a program within limits, with `directory` as its working directory."""
    launch = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    numbers = (limits.memory, limits.seconds, limits.largest_file, os.getpid())
    with (
        tempfile.TemporaryFile(dir=directory) as out,
        tempfile.TemporaryFile(dir=directory) as err,
    ):
        try:
            process = subprocess.Popen(  # noqa: S603  the command is ours, never a shell line
                [*launch, *map(str, numbers), *detection.words, *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=directory,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                process_group=0,
            )
        except OSError as error:
            if error.errno in _RESOURCE_ERRORS:
                raise busy() from None
            raise
        code, used = _wait(process, limits.seconds + GRACE_SECONDS)
        exhausted = code in (None, -signal.SIGKILL, -signal.SIGXCPU) and used >= limits.seconds - 1
        if not exhausted and code in (None, -signal.SIGKILL):
            raise busy()  # it got no processor time, or the system killed it for lack of memory
        return ChildResult(code, _tail(out), _tail(err), exhausted)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> tuple[int | None, float]:
    """Return a child's exit code (None after a time-out) and its processor seconds."""
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
    file.seek(max(0, size - _OUTPUT_BYTES))
    return file.read().decode("utf-8", "replace")
