"""Keep temporary files below the state directory, like everything else that is written.

Libraries and child processes read the environment, so it is set before anything else runs.
Files left by a killed process are recognised by their names, which end in HOST.PID.SUFFIX.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.settings import Settings

log = logging.getLogger(__name__)


def use_state_directory(settings: Settings) -> None:
    """Use the state directory for the temporary files of this process and its children."""
    _set_temp_directory(settings.path("temp"))


def use_own_directory(settings: Settings) -> None:
    """Do the same with a separate directory, which is removed some time after this process."""
    _set_temp_directory(settings.path("temp", f"worker.{owner_mark()}.own"))
    # MediaPipe imports matplotlib, which would keep its list of fonts in the home directory.
    os.environ["MPLCONFIGDIR"] = str(settings.path("matplotlib"))


def owner_mark() -> str:
    """Return the part of a file name that identifies this process."""
    return f"{_host()}.{os.getpid()}"


def is_owner_alive(name: str) -> bool | None:
    """Return whether the process that made this file is alive; None if it is not of this host."""
    parts = name.split(".")
    if len(parts) < 3 or parts[-3] != _host() or not parts[-2].isdigit():
        return None
    return Path("/proc", parts[-2]).exists()


_removals: list[threading.Thread] = []
"""The directories that are being removed."""


@contextmanager
def run_directory(parent: Path, task_id: str) -> Iterator[Path]:
    """Make a directory for one run of a stage; a thread removes it afterwards.

    To remove a directory takes milliseconds on some disks, and nothing waits for it but the next
    run, so that files of one run at most are left.
    """
    finish_removals()
    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{task_id}.{owner_mark()}.", dir=parent))
    try:
        yield directory
    finally:
        removal = threading.Thread(target=_remove, args=(directory,), name="scratch")
        _removals.append(removal)
        removal.start()


def finish_removals() -> None:
    """Wait until the directories of earlier runs are removed."""
    while _removals:
        _removals.pop().join()


def _remove(directory: Path) -> None:
    try:
        shutil.rmtree(directory)
    except OSError as error:
        log.warning("directory not removed", extra={"reason": str(error)})


def remove_orphaned(parent: Path) -> None:
    """Remove the directories of processes of this host that were killed."""
    for directory in parent.glob("*"):
        if is_owner_alive(directory.name) is False:
            shutil.rmtree(directory, ignore_errors=True)


def _set_temp_directory(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(directory)
    tempfile.tempdir = None  # makes tempfile read the environment again


def _host() -> str:
    """Return the host name without dots, which separate the parts of a file name."""
    return socket.gethostname().replace(".", "-")
