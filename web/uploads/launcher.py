"""Run by its path, never imported: limits itself, ties itself to its parent, becomes a program.

    python -I -S launcher.py MEMORY CPU_SECONDS LARGEST_FILE PARENT PROGRAM [ARGUMENT ...]

Limits set between fork and exec would need a `preexec_fn`, which may deadlock in a process
of many threads; a program that limits itself before it becomes another one cannot.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_BEHIND = 15
"""On a machine whose processors are busy, whoever waits for an answer goes first."""


def main() -> None:
    memory, seconds, largest, parent = (int(word) for word in sys.argv[1:5])
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above: no signal will come
        return
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(_BEHIND)
    os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606  no shell: the words are ours


if __name__ == "__main__":
    main()
