"""Limits of memory and processors, in control groups that the test makes itself.

Rootless podman gets none to manage on many machines, so its processes are started in one of ours.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.services.waiting import until

ROOT: Final = Path("/sys/fs/cgroup")
PERIOD: Final = 100_000
_UNITS: Final = {"m": 2**20, "g": 2**30}
_ENTER: Final = """\
while [ "$1" != -- ]; do
  echo $$ > "$1/cgroup.procs" || exit 125
  shift
done
shift
exec "$@"
"""


def size(text: str) -> int:
    """Return the bytes of a size as Compose writes it: 512m or 1g."""
    return int(text[:-1]) * _UNITS[text[-1]]


def _is_unified() -> bool:
    return (ROOT / "cgroup.controllers").exists()


class Limits:
    """A control group with limits; programs are started in it by `entered`."""

    def __init__(self, name: str, memory: int, processors: float) -> None:
        quota = int(processors * PERIOD)
        if _is_unified():
            (ROOT / "cgroup.subtree_control").write_text("+memory +cpu")
            self._memory = self._processors = self._make(ROOT / name)
            (self._memory / "memory.max").write_text(str(memory))
            (self._memory / "cpu.max").write_text(f"{quota} {PERIOD}")
        else:
            self._memory = self._make(ROOT / "memory" / name)
            self._processors = self._make(ROOT / "cpu" / name)
            (self._memory / "memory.limit_in_bytes").write_text(str(memory))
            (self._processors / "cpu.cfs_period_us").write_text(str(PERIOD))
            (self._processors / "cpu.cfs_quota_us").write_text(str(quota))

    @staticmethod
    def _make(path: Path) -> Path:
        path.mkdir(exist_ok=True)
        return path

    def entered(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs another one in this group."""
        return ["sh", "-c", _ENTER, "enter", *self._paths(), "--", *command]

    def _paths(self) -> list[str]:
        return sorted({str(self._memory), str(self._processors)})

    def peak(self) -> int:
        """Return the most memory (bytes) that was in use at the same time, page cache included."""
        name = "memory.peak" if _is_unified() else "memory.max_usage_in_bytes"
        return int((self._memory / name).read_text())

    def close(self) -> None:
        """Remove the group, once its last process has ended."""
        for path in self._paths():
            procs = Path(path) / "cgroup.procs"
            until(lambda procs=procs: not procs.read_text().split(), f"{path} is empty", 30)
            Path(path).rmdir()


def available() -> bool:
    """Return whether groups with limits can be made here."""
    if _is_unified():
        return os.access(ROOT / "cgroup.subtree_control", os.W_OK)
    return all(os.access(ROOT / one / "cgroup.procs", os.W_OK) for one in ("memory", "cpu"))
