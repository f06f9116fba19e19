"""The directories of sessions, and the only way to a file in one of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tasks.domain.errors import FileNotFound

Room = Literal["metadata", "assets", "processing", "output", "temp"]
ROOMS: Final[tuple[Room, ...]] = ("metadata", "assets", "processing", "output", "temp")


@dataclass(frozen=True, slots=True)
class SessionDirectory:
    """One session's own directory; no name leads out of it."""

    root: Path

    def make(self) -> None:
        for room in ROOMS:
            (self.root / room).mkdir(parents=True, exist_ok=True, mode=0o700)

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

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
