"""Limit this process, tie it to its parent, check a file's type and become a program.

    python -I -S launcher.py MEMORY CPU_SECONDS LARGEST_FILE PARENT \\
        LIBMAGIC DATABASE SOURCE TYPES [PROGRAM ARGUMENT ...]

It is run by path and uses nothing but the standard library. libmagic reads SOURCE here, within the
limits, and the program only starts if it detects one of TYPES; with an empty SOURCE nothing is
detected. Setting limits between fork and exec needs a `preexec_fn`, which may deadlock in a process
with many threads. A program that limits itself before it executes another one cannot deadlock.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

WRONG_TYPE = 97
"""Exit status if the file has none of the types; no decoder uses it."""
NO_DETECTION = 98
"""Exit status if libmagic cannot be used, which is not the file's fault."""

_MAGIC_MIME_TYPE = 0x10
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_NICENESS = 15
"""On a busy machine, processes that answer requests go first."""


def main() -> None:
    """Apply the limits of the command line and execute its program."""
    memory, seconds, largest, parent = (int(word) for word in sys.argv[1:5])
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent ended before prctl, so no signal will come
        return
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(_NICENESS)
    library, database, source, types = sys.argv[5:9]
    if source and _detected(library, database, source) not in types.split(","):
        sys.exit(WRONG_TYPE)
    if command := sys.argv[9:]:
        os.execv(command[0], command)  # noqa: S606  no shell: the words are ours


def _detected(library: str, database: str, source: str) -> str:
    """Return the media type of a file by its content, or an empty text."""
    try:
        magic = ctypes.CDLL(library)
    except OSError as error:
        sys.stderr.write(str(error))
        sys.exit(NO_DETECTION)
    magic.magic_open.restype = ctypes.c_void_p
    magic.magic_load.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    magic.magic_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    magic.magic_file.restype = ctypes.c_char_p
    cookie = magic.magic_open(_MAGIC_MIME_TYPE)
    if not cookie or magic.magic_load(cookie, os.fsencode(database) or None):
        sys.stderr.write("libmagic cannot load its database")
        sys.exit(NO_DETECTION)
    found: bytes | None = magic.magic_file(cookie, os.fsencode(source))
    return (found or b"").decode("ascii", "replace")


if __name__ == "__main__":
    main()
