"""Read the logs of processes: last lines, or new lines as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

TAIL_BYTES = 64 * 1024


def tail(path: Path, lines: int) -> list[str]:
    """Return the last lines of a log; none if there is no log."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return log.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


class Follower:
    """Yields new lines of all logs in a directory, with the process name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read = {path: path.stat().st_size for path in directory.glob("*.log")}

    def new(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self._directory.glob("*.log")):
            for line in self._new_lines(path):
                yield path.stem, line

    def _new_lines(self, path: Path) -> list[str]:
        seen = self._read.get(path, 0)
        if path.stat().st_size < seen:  # rotated: start from the beginning
            seen = 0
        with path.open("rb") as log:
            log.seek(seen)
            text = log.read()
        complete = text[: text.rfind(b"\n") + 1]  # keep a partial line until it is complete
        self._read[path] = seen + len(complete)
        return complete.decode(errors="replace").splitlines()
