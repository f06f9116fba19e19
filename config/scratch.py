"""Where temporary files go: below the state directory, as everything that is written does.

Libraries and child processes ask the environment; so it is told, before anything runs.

What a killed process leaves is known by its name, which ends in HOST.PID.SOMETHING.
"""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from config.settings import Settings


def use_state_directory(settings: Settings) -> None:
    """From here on, for this process and all that it starts."""
    _tell(settings.path("temp"))


def use_own_directory(settings: Settings) -> None:
    """The same in a directory that is this process's own, and goes some time after it."""
    _tell(settings.path("temp", f"worker.{owner_mark()}.own"))


def owner_mark() -> str:
    """This process, in the name of what it makes."""
    return f"{_host()}.{os.getpid()}"


def is_owner_alive(name: str) -> bool | None:
    """Whether who made this is alive; None: it was nobody of this machine."""
    parts = name.split(".")
    if len(parts) < 3 or parts[-3] != _host() or not parts[-2].isdigit():
        return None
    return Path("/proc", parts[-2]).exists()


def _tell(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    os.environ["TMPDIR"] = str(directory)
    tempfile.tempdir = None  # asked anew


def _host() -> str:
    """Without dots: they part the name."""
    return socket.gethostname().replace(".", "-")
