"""Keep the state directory private to the user who runs the system, whatever the umask.

Every process calls `protect` first. It narrows the umask of the process, which child processes
and libraries (SQLite, obstore, ffmpeg, Redis) inherit, so no other code sets file modes.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("config.private_files")

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The permissions that only the owner may have."""


def protect(directory: Path) -> None:
    """Make all new files of this process private, and close the directory to other users."""
    os.umask(OTHERS)
    directory.mkdir(parents=True, exist_ok=True)
    tighten(directory)


def is_open(directory: Path) -> bool:
    """Return whether other users have any permission on a directory."""
    return directory.exists() and bool(directory.stat().st_mode & OTHERS)


@contextmanager
def owner_only() -> Iterator[None]:
    """Make the files of one block private, in a process that also writes a user's own files."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def tighten(directory: Path) -> None:
    """Remove other users' permissions on a directory and everything below it; log it once.

    The directory itself is closed first: then other users cannot reach or swap files below it.
    """
    status = directory.stat()
    if not status.st_mode & OTHERS:
        return
    if status.st_uid != os.geteuid():
        log.warning(
            "state directory is open and belongs to another user",
            extra={"directory": str(directory)},
        )
        return
    _close(directory, status)
    closed = sum(_close_if_open(path) for path in directory.rglob("*"))
    log.warning(
        "state directory closed to other users",
        extra={"directory": str(directory), "entries": closed + 1},
    )


def _close_if_open(path: Path) -> bool:
    try:
        status = path.lstat()
        ours = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
        if not ours or not status.st_mode & OTHERS:
            return False
        _close(path, status)
    except FileNotFoundError:  # another process removed it
        return False
    return True


def _close(path: Path, status: os.stat_result) -> None:
    path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS)
