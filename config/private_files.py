"""The state directory is for the user who runs the system, whatever umask it is started with.

Every process calls `protect` first. It narrows the umask of the process, which child processes
and libraries (SQLite, obstore, ffmpeg, Redis) inherit, so that nothing needs a mode of its own.
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
"""The permissions that nobody but the owner may have."""


def protect(directory: Path) -> None:
    """Create files for their owner only from here on, and close a directory that is open."""
    os.umask(OTHERS)
    directory.mkdir(parents=True, exist_ok=True)
    tighten(directory)


def is_open(directory: Path) -> bool:
    """Whether another user has any permission on a directory."""
    return directory.exists() and bool(directory.stat().st_mode & OTHERS)


@contextmanager
def owner_only() -> Iterator[None]:
    """Do the same for the files of one block, in a process that also writes a user's files."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def tighten(directory: Path) -> None:
    """Take the permissions of others off a directory and all that is below it; log it once.

    The directory is closed first: below a closed one nothing can be reached or exchanged.
    """
    status = directory.stat()
    if not status.st_mode & OTHERS:
        return
    if status.st_uid != os.geteuid():
        log.warning("the state directory %s belongs to another user and is open", directory)
        return
    _close(directory, status)
    closed = sum(_close_if_open(path) for path in directory.rglob("*"))
    log.warning(
        "the state directory was open to other users and is closed now: %s (%d entries)",
        directory,
        closed + 1,
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
