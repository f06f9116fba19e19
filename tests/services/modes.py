"""Which entries of a directory other users could reach."""

from __future__ import annotations

import stat
from pathlib import Path


def open_to_others(directory: Path) -> list[str]:
    """Each entry, the directory included, with a permission for its group or for everybody."""
    found = []
    for path in (directory, *directory.rglob("*")):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            found.append(f"{stat.filemode(mode)} {path.relative_to(directory)}")
    return sorted(found)
