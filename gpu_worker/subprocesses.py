"""Child processes of a stage: a group of their own, and dead when their parent is.

The kernel ties a child to the *thread* that started it, not to the process: a child
handed to another thread would die with the one that made it. Therefore the only way
to start one is a `with` block, which cannot outlive its thread.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_running: set[subprocess.Popen[bytes]] = set()


def _end_with_parent(parent: int) -> Callable[[], None]:
    """What the child does between fork and exec: ask to be killed when its parent dies."""

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above: no signal will come
            os._exit(1)

    return tie


@contextmanager
def child(
    command: Sequence[str],
    *,
    stdin: int | IO[Any] | None = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = subprocess.PIPE,
    stderr: int | IO[Any] | None = subprocess.PIPE,
    **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running child; leaving the block, by whichever way, leaves nothing of it behind."""
    process = subprocess.Popen(  # noqa: S603  the command is ours, never a shell line
        list(command),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        process_group=0,
        preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509  must be set between fork and exec
        **options,
    )
    _running.add(process)
    try:
        yield process
    finally:
        _running.discard(process)
        if process.poll() is None:
            kill_group(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                _close(stream)
        process.wait()


def end_all() -> None:
    """End every child of this process: whoever waits for one of them goes on, and sees it dead."""
    for process in list(_running):
        if process.poll() is None:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a child and all it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _close(stream: IO[bytes]) -> None:
    """Closing flushes what a dead child will not read: that is no error any more."""
    with suppress(BrokenPipeError):
        stream.close()
