"""Session directories, and the only way to a file in one of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from config.settings import Settings
from tasks.domain.errors import FileNotFound

Subdirectory = Literal["metadata", "assets", "processing", "output", "temp"]
SUBDIRECTORIES: Final[tuple[Subdirectory, ...]] = get_args(Subdirectory)


@dataclass(frozen=True, slots=True)
class SessionDirectory:
    """The directory of one session; no file name can lead out of it."""

    root: Path

    def make(self) -> None:
        """Create the directory and its subdirectories."""
        for subdirectory in SUBDIRECTORIES:
            (self.root / subdirectory).mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def exists(self) -> bool:
        return self.root.is_dir()

    def path(self, subdirectory: Subdirectory, name: str) -> Path:
        """Return the path of a file, whether or not it exists."""
        if (
            subdirectory not in SUBDIRECTORIES
            or not name
            or name != Path(name).name
            or "\0" in name
        ):
            raise FileNotFound
        if name in (".", ".."):
            raise FileNotFound
        path = self.root / subdirectory / name
        if path.resolve().parent != (self.root / subdirectory).resolve():
            raise FileNotFound  # a symbolic link out of the directory
        return path

    def write(self, subdirectory: Subdirectory, name: str, text: Iterable[str]) -> None:
        """Write a file completely or not at all."""
        path = self.path(subdirectory, name)
        part = path.with_name(f".{name}.part")
        # A lone surrogate cannot be encoded; it must not keep the rest from being written.
        with part.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(text)
        part.replace(path)

    def names(self, subdirectory: Subdirectory) -> list[str]:
        """List the files of a subdirectory, except those still being written."""
        names = (path.name for path in (self.root / subdirectory).glob("*") if path.is_file())
        return sorted(name for name in names if not name.startswith("."))

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def directory_of(settings: Settings, session_id: str) -> SessionDirectory:
    """Return the directory of a session; it may not exist."""
    return SessionDirectory(settings.path("sessions", session_id))


def directories(settings: Settings) -> Iterator[tuple[str, SessionDirectory]]:
    """Yield the existing directories, each with the name of its session."""
    for root in sorted(settings.path("sessions").glob("*")):
        if root.is_dir():
            yield root.name, SessionDirectory(root)
