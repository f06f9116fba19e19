"""Run a command that ends with its parent: `python parent_death_signal.py LOCK COMMAND...`.

However the process manager ends, even by `kill -9`, the kernel then ends the command. The
command also holds a shared lock on LOCK while it lives, so the next start can tell that nothing
of the last run is left. Run by path, with `-S -E`: it costs 15 ms per process.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def command(lock: str, inner: Sequence[str]) -> list[str]:
    """Wrap a command line so that it ends with its parent."""
    return [sys.executable, "-S", "-E", __file__, lock, *inner]


def end_with_parent() -> None:
    """Make the kernel send SIGTERM to this process when its parent ends, also after exec."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # the parent ended before the call
        sys.exit(1)


def share(lock: str) -> None:
    """Hold a shared lock until this process ends, also after exec."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    os.set_inheritable(descriptor, True)


def main(lock: str, inner: list[str]) -> None:
    end_with_parent()
    share(lock)
    os.execvp(inner[0], inner)  # noqa: S606  the command line of the Procfile


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
