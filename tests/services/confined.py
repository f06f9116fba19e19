"""Run a process as our deployments do.

What compose, Kubernetes and the systemd units promise at once: the whole file system is
read-only but for one directory, /tmp included; no capabilities, no new privileges; and, with
`--no-written-code`, no memory that is both written and executed (MemoryDenyWriteExecute).
It needs the right to unshare mounts, which root has outside of containers.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

_PR_SET_MDWE = 65
_MOUNTS = (
    'mount --bind "$0" "$0" && mount -o remount,bind,ro / && '
    'exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"'
)
_UNSHARE = ("unshare", "--mount", "--propagation", "private")


def why_not() -> str:
    """Why this machine cannot do it; empty when it can."""
    if shutil.which("setpriv") is None or shutil.which("unshare") is None:
        return "util-linux is not installed"
    tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip()


def command(writable: str, *, written_code: bool) -> tuple[str, ...]:
    """What stands before a command to run it confined."""
    flag = () if written_code else ("--no-written-code",)
    ours = (sys.executable, "-m", "tests.services.confined", *flag)
    return (*_UNSHARE, "sh", "-c", _MOUNTS, writable, *ours)


def main(arguments: list[str]) -> None:
    if arguments[0] == "--no-written-code":
        arguments = arguments[1:]
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_MDWE, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "PR_SET_MDWE")
    os.execvp(arguments[0], arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
