"""Measure the use of this machine's resources, and compare it with thresholds.

Every process measures its own machine and reports the values with its heartbeat; the controller
compares them with the thresholds.
"""

from __future__ import annotations

import ctypes
import gc
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from config.settings import Settings
from tasks.domain import wire
from tasks.telemetry.cgroup import Cgroup

MEGABYTE: Final = 1024**2
FRESH_SECONDS: Final = 2.0
GPU_FRESH_SECONDS: Final = 10.0
GPU_TIMEOUT: Final = 2.0
_GPU_QUERY: Final = (
    "--query-gpu=name,utilization.gpu,memory.used,memory.total",
    "--format=csv,noheader,nounits",
)

HEALTHY, WARNING, CRITICAL = LEVELS = ("healthy", "warning", "critical")
MARGIN: Final = 5.0
"""Hysteresis: a level ends this far below its threshold, so that it is reported once."""
NEVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Gpu:
    """The use of a graphics card, in percent."""

    name: str
    used_percent: float
    memory_percent: float


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of a machine at one moment."""

    host: str
    memory_percent: float
    memory_available_mb: int
    storage_percent: float
    storage_free_mb: int
    cpu_percent: float
    load_percent: float
    """Five-minute load average relative to the number of processors."""
    network_sent: int
    """Bytes per second."""
    network_received: int
    gpus: tuple[Gpu, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Usage:
        return wire.build(cls, raw)

    @property
    def percents(self) -> dict[str, float]:
        """The values that have thresholds, by name."""
        cards = {f"gpu{n}_memory": gpu.memory_percent for n, gpu in enumerate(self.gpus)}
        return {
            "memory": self.memory_percent,
            "storage": self.storage_percent,
            "cpu": self.load_percent,
            **cards,
        }


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The percentages that count as a warning and as critical."""

    memory: tuple[float, float]
    storage: tuple[float, float]

    @classmethod
    def of(cls, settings: Settings) -> Thresholds:
        limits = settings.monitoring
        return cls(
            (limits.memory_warning_percent, limits.memory_critical_percent),
            (limits.storage_warning_percent, limits.disk_full_percent),
        )

    def of_resource(self, name: str) -> tuple[float, float]:
        """Return the thresholds of a resource; a busy processor or card is normal."""
        if name == "cpu":
            return 200.0, NEVER
        if name.startswith("gpu"):
            return 95.0, NEVER
        found: tuple[float, float] = getattr(self, name)
        return found


def level(percent: float, warning: float, critical: float, before: str = HEALTHY) -> str:
    """Return the level of a value, given the level before.

    >>> level(69, 70, 90), level(70, 70, 90), level(95, 70, 90)
    ('healthy', 'warning', 'critical')
    >>> level(66, 70, 90, before="warning"), level(64, 70, 90, before="warning")
    ('warning', 'healthy')
    """
    was = LEVELS.index(before)
    if percent >= critical - (MARGIN if was == 2 else 0):
        return CRITICAL
    return WARNING if percent >= warning - (MARGIN if was >= 1 else 0) else HEALTHY


@dataclass(slots=True)
class Observer:
    """Measures this machine, or the container if that has limits, at most once per interval."""

    directory: Path
    """A directory on the monitored disk."""
    _seen: Usage | None = None
    _seen_at: float = 0.0
    _network: tuple[float, int, int] | None = None
    _gpus: tuple[Gpu, ...] = ()
    _gpus_at: float = -GPU_FRESH_SECONDS
    _cgroup: Cgroup = field(default_factory=Cgroup)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def measure(self) -> Usage:
        """Return the current use, or that of a moment ago."""
        with self._lock:
            moment = time.monotonic()
            if self._seen is None or moment - self._seen_at > FRESH_SECONDS:
                self._seen, self._seen_at = self._measure(), moment
            return self._seen

    def _measure(self) -> Usage:
        limited = self._cgroup.memory()
        memory = psutil.virtual_memory()
        available = memory.available if limited is None else limited.limit - limited.used
        disk = psutil.disk_usage(str(self.directory))
        sent, received = self._traffic()
        cpu = self._cgroup.cpu_percent()
        return Usage(
            host=self._cgroup.machine_name(),
            memory_percent=memory.percent if limited is None else limited.percent,
            memory_available_mb=max(0, min(available, memory.available)) // MEGABYTE,
            storage_percent=disk.percent,
            storage_free_mb=disk.free // MEGABYTE,
            cpu_percent=psutil.cpu_percent() if cpu is None else cpu,
            # The load is that of the host: where processors are limited, their use says more.
            load_percent=_load_percent() if cpu is None else cpu,
            network_sent=sent,
            network_received=received,
            gpus=self._gpus_now(),
        )

    def _traffic(self) -> tuple[int, int]:
        """Return bytes per second since the last measurement."""
        counted: Any = psutil.net_io_counters()
        if counted is None:  # a machine without a network
            return 0, 0
        moment, before = time.monotonic(), self._network
        self._network = moment, counted.bytes_sent, counted.bytes_recv
        if before is None or moment <= before[0]:
            return 0, 0
        seconds = moment - before[0]
        return (
            max(0, int((counted.bytes_sent - before[1]) / seconds)),
            max(0, int((counted.bytes_recv - before[2]) / seconds)),
        )

    def _gpus_now(self) -> tuple[Gpu, ...]:
        moment = time.monotonic()
        if moment - self._gpus_at >= GPU_FRESH_SECONDS:
            self._gpus, self._gpus_at = gpus(), moment
        return self._gpus


def memory_limit_mb() -> int:
    """Return the memory that this process may use: its container's, or the machine's."""
    total = psutil.virtual_memory().total
    limited = Cgroup().memory()
    return (total if limited is None else min(total, limited.limit)) // MEGABYTE


def _load_percent() -> float:
    return round(100 * psutil.getloadavg()[1] / (psutil.cpu_count() or 1), 1)


def gpus() -> tuple[Gpu, ...]:
    """Return the graphics cards of this machine, as reported by the driver's tool."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        asked = subprocess.run(  # noqa: S603  a fixed command
            [tool, *_GPU_QUERY], capture_output=True, text=True, timeout=GPU_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    found = []
    for line in asked.stdout.splitlines():
        with suppress(ValueError, ZeroDivisionError):  # a card that reports "[N/A]"
            name, used, memory, total = (part.strip() for part in line.rsplit(",", 3))
            found.append(Gpu(name, float(used), round(100 * float(memory) / float(total), 1)))
    return tuple(found)


def release_free_memory() -> None:
    """Collect garbage, and return freed memory to the system."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)
