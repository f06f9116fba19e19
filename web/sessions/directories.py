"""The directories of sessions, and the only way to a file in one of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from config.settings import Settings
from tasks.domain.errors import FileNotFound

Room = Literal["metadata", "assets", "processing", "output", "temp"]
ROOMS: Final[tuple[Room, ...]] = get_args(Room)


@dataclass(frozen=True, slots=True)
class SessionDirectory:
    """One session's own directory; no name leads out of it."""

    root: Path

    def make(self) -> None:
        for room in ROOMS:
            (self.root / room).mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def exists(self) -> bool:
        return self.root.is_dir()

    def path(self, room: Room, name: str) -> Path:
        """Where a file of this name lies, or would lie."""
        if room not in ROOMS or not name or name != Path(name).name or "\0" in name:
            raise FileNotFound
        if name in (".", ".."):
            raise FileNotFound
        found = self.root / room / name
        if found.resolve().parent != (self.root / room).resolve():
            raise FileNotFound  # a link that leads out
        return found

    def write(self, room: Room, name: str, text: str) -> None:
        """A file, whole or not at all."""
        path = self.path(room, name)
        part = path.with_name(f".{name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)

    def names(self, room: Room) -> list[str]:
        """What lies there; what is just being written does not."""
        found = (path.name for path in (self.root / room).glob("*") if path.is_file())
        return sorted(name for name in found if not name.startswith("."))

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def directory_of(settings: Settings, session_id: str) -> SessionDirectory:
    """Where a session's files lie; it may not be there."""
    return SessionDirectory(settings.path("sessions", session_id))


def directories(settings: Settings) -> Iterator[tuple[str, SessionDirectory]]:
    """Those that are there, each with the id of its session."""
    for root in sorted(settings.path("sessions").glob("*")):
        if root.is_dir():
            yield root.name, SessionDirectory(root)
