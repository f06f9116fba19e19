"""Child processes of a stage, in a process group that ends with their parent.

The kernel's parent-death signal is tied to the *thread* that started a child, so a child that is
used by another thread would die with its creator. Therefore children are started only in a `with`
block, which cannot outlive its thread.
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
    """Return what a child runs between fork and exec to request the parent-death signal."""

    def request_signal() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before: there will be no signal
            os._exit(1)

    return request_signal


@contextmanager
def child(
    command: Sequence[str],
    *,
    stdin: int | IO[Any] | None = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = subprocess.PIPE,
    stderr: int | IO[Any] | None = subprocess.PIPE,
    **options: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a child; its process group is killed at the end of the block."""
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
    """Kill all children of this process, which wakes the threads that wait for them."""
    for process in list(_running):
        if process.poll() is None:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and everything it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _close(stream: IO[bytes]) -> None:
    """Close a stream; unflushed data for a dead child is not an error."""
    with suppress(BrokenPipeError):
        stream.close()
