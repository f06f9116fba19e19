"""What the processes said: their last lines, or all lines as they come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

TAIL_BYTES = 64 * 1024


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log; none where there is no log."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return log.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


class Follower:
    """New lines of all logs in a directory, each with the name of its process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read = {path: path.stat().st_size for path in directory.glob("*.log")}

    def new(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self._directory.glob("*.log")):
            for line in self._new_lines(path):
                yield path.stem, line

    def _new_lines(self, path: Path) -> list[str]:
        seen = self._read.get(path, 0)
        if path.stat().st_size < seen:  # turned over: begin at its start
            seen = 0
        with path.open("rb") as log:
            log.seek(seen)
            text = log.read()
        complete = text[: text.rfind(b"\n") + 1]  # half a line waits for its rest
        self._read[path] = seen + len(complete)
        return complete.decode(errors="replace").splitlines()
