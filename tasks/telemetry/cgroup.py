"""The limits of the container that this process runs in, and what it uses of them.

Without a limit a container has all of its host, so its use is that of the host.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path("/sys/fs/cgroup")
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_CONTAINER_MARKS: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))
_NO_LIMIT: Final = 1 << 60
"""Version 1 writes no limit as a number of this size."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a container's memory."""

    limit: int
    used: int

    @property
    def percent(self) -> float:
        return round(100 * min(1.0, self.used / self.limit), 1)


@dataclass(slots=True)
class Cgroup:
    """The control group of this process, of version 1 or 2."""

    root: Path = ROOT
    _cpu_seen: tuple[float, float] | None = field(default=None)

    def memory(self) -> Memory | None:
        """Return the memory and its limit; None without a limit."""
        for limit_at, used_at, stat_at, cache in (
            ("memory.max", "memory.current", "memory.stat", "inactive_file"),
            (
                "memory/memory.limit_in_bytes",
                "memory/memory.usage_in_bytes",
                "memory/memory.stat",
                "total_inactive_file",
            ),
        ):
            limit, used = self._number(limit_at), self._number(used_at)
            if limit is None or used is None or not 0 < limit < _NO_LIMIT:
                continue
            # The kernel gives such pages back when memory runs short.
            return Memory(limit, max(0, used - self._stat(stat_at, cache)))
        return None

    def processors(self) -> float | None:
        """Return how many processors it may use; None without a limit."""
        words = self._text("cpu.max").split()
        if len(words) == 2 and words[0].isdecimal() and words[1].isdecimal():
            return int(words[0]) / int(words[1])
        quota, period = self._number("cpu/cpu.cfs_quota_us"), self._number("cpu/cpu.cfs_period_us")
        return quota / period if quota and period and quota > 0 else None

    def cpu_percent(self) -> float | None:
        """Return the use of its processors since the last call; None without a limit."""
        processors = self.processors()
        if processors is None:
            return None
        used, now = self._cpu_seconds(), time.monotonic()
        before, self._cpu_seen = self._cpu_seen, (now, used)
        if before is None or now <= before[0]:
            return 0.0
        return round(100 * max(0.0, used - before[1]) / (now - before[0]) / processors, 1)

    def machine_name(self) -> str:
        """Name what the measured values belong to.

        A container with limits is a machine of its own; containers without any share the name of
        their host, so that its memory and processors count once.
        """
        name = socket.gethostname()
        limited = self.memory() is not None or self.processors() is not None
        if limited or not any(mark.exists() for mark in _CONTAINER_MARKS):
            return name
        try:
            return f"host-{BOOT_ID.read_text()[:8]}"
        except OSError:
            return name

    def _cpu_seconds(self) -> float:
        microseconds = self._stat("cpu.stat", "usage_usec")
        if microseconds:
            return microseconds / 1e6
        return (self._number("cpuacct/cpuacct.usage") or 0) / 1e9

    def _stat(self, name: str, key: str) -> int:
        for line in self._text(name).splitlines():
            found, _, value = line.partition(" ")
            if found == key and value.strip().isdecimal():
                return int(value)
        return 0

    def _number(self, name: str) -> int | None:
        text = self._text(name).strip()
        return int(text) if text.removeprefix("-").isdecimal() else None

    def _text(self, name: str) -> str:
        try:
            return (self.root / name).read_text()
        except OSError:
            return ""
