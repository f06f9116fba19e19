"""Run a command that ends with its parent: `python leash.py LOCK COMMAND...`.

Whatever way the process manager ends, even by `kill -9`, the kernel then ends the command.
The command also holds a share of LOCK for as long as it lives, so the next start can tell
that nothing of the last run is left. Run by path, with `-S -E`: it costs 15 ms a process.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(lock: str, command: list[str]) -> None:
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before the kernel was told
        sys.exit(1)
    share = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(share, fcntl.LOCK_SH)
    os.set_inheritable(share, True)
    os.execvp(command[0], command)  # noqa: S606  the command line of the Procfile


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
