"""The device of this worker: one graphics card, selected by CUDA_VISIBLE_DEVICES."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import psutil

from config.settings import Settings

DRIVER_SECONDS = 10
_LOOP = 200_000
_REFERENCE_SECONDS = 0.0065
"""Of that loop, on the machine on which the durations of engines were measured."""
_SLOWEST, _FASTEST = 0.25, 4.0


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card, and how much of its memory models may use."""

    id: str
    """The same in every process of every container on its machine."""
    name: str
    memory_mb: int


@cache
def cpu_speed() -> float:
    """Compare this processor with the one on which the durations of engines were measured.

    CPU time counts, so that a busy machine is not taken for a slow one.
    """
    seconds = min(_loop_seconds() for _ in range(3))
    return min(max(_REFERENCE_SECONDS / seconds, _SLOWEST), _FASTEST)


def _loop_seconds() -> float:
    began = time.process_time()
    total = 0
    for number in range(_LOOP):
        total += number & 7
    return max(time.process_time() - began, 1e-6)


def card(settings: Settings) -> Card | None:
    """Return the card of this process, or a simulated one from the settings; None on a CPU."""
    found = _pinned()
    if found is not None:
        return Card(found.id, found.name, settings.gpu_memory_mb or found.memory_mb)
    if settings.gpu_memory_mb:
        place = f"{socket.gethostname()}/{_visible() or 0}"
        return Card(place, "declared", settings.gpu_memory_mb)
    return None


def device_name() -> str:
    """Return the name of the card, from the driver, or `cpu`."""
    found = _pinned()
    return "cpu" if found is None else found.name


def process_mb() -> int | None:
    """Return the GPU memory that this process and its children use; None if it is unknown.

    In a container the driver does not know our process id; then torch reports its own use.
    """
    mine = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    with suppress(ValueError):
        used = [
            line.split(",") for line in _query_driver("--query-compute-apps=pid,used_gpu_memory")
        ]
        if held := [int(mb) for pid, mb in used if int(pid) in mine]:
            return sum(held)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return int(torch.cuda.memory_reserved() // 2**20)
    return None


@cache
def _pinned() -> Card | None:
    """Return the first visible card, selected by its number or its UUID."""
    visible = _visible()
    if visible == "-1":
        return None
    for line in _query_driver("--query-gpu=index,uuid,name,memory.total"):
        index, uuid, name, memory = (part.strip() for part in line.split(",", 3))
        if visible in ("", index) or (not visible.isdigit() and uuid.startswith(visible)):
            return Card(uuid, name, int(memory) if memory.isdigit() else 0)
    return None


def _visible() -> str:
    """Return the first of CUDA_VISIBLE_DEVICES; empty if it is not set, `-1` if it is empty."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return ""
    return named.partition(",")[0].strip() or "-1"


def _query_driver(query: str) -> list[str]:
    """Return the output of the driver's tool; empty if it is missing or does not answer."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        asked = subprocess.run(  # noqa: S603  a fixed command
            [tool, query, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=DRIVER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return asked.stdout.splitlines()
