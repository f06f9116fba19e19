"""The device this worker computes on: one card, which CUDA_VISIBLE_DEVICES pins it to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import psutil

from config.settings import Settings

DRIVER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card, and how much of it models may take."""

    id: str
    """The same in every process of every container on its machine."""
    name: str
    memory_mb: int


def card(settings: Settings) -> Card | None:
    """The one this process is pinned to, or one that is only declared; None on a CPU."""
    found = _pinned()
    if found is not None:
        return Card(found.id, found.name, settings.gpu_memory_mb or found.memory_mb)
    if settings.gpu_memory_mb:
        place = f"{socket.gethostname()}/{_visible() or 0}"
        return Card(place, "declared", settings.gpu_memory_mb)
    return None


def device_name() -> str:
    """The card that this process may use, or `cpu`; asked of the driver, not of torch."""
    found = _pinned()
    return "cpu" if found is None else found.name


def process_mb() -> int | None:
    """What this process and its own hold of their card, libraries included; None: nobody says.

    In a container the driver does not know our number; torch then tells of its own part.
    """
    mine = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    with suppress(ValueError):
        used = [line.split(",") for line in _asked("--query-compute-apps=pid,used_gpu_memory")]
        if held := [int(mb) for pid, mb in used if int(pid) in mine]:
            return sum(held)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return int(torch.cuda.memory_reserved() // 2**20)
    return None


@cache
def _pinned() -> Card | None:
    """The first of the visible ones, told by its number or by its UUID."""
    visible = _visible()
    if visible == "-1":
        return None
    for line in _asked("--query-gpu=index,uuid,name,memory.total"):
        index, uuid, name, memory = (part.strip() for part in line.split(",", 3))
        if visible in ("", index) or (not visible.isdigit() and uuid.startswith(visible)):
            return Card(uuid, name, int(memory) if memory.isdigit() else 0)
    return None


def _visible() -> str:
    """The first of CUDA_VISIBLE_DEVICES; empty where it is not set, `-1` where it names none."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return ""
    return named.partition(",")[0].strip() or "-1"


def _asked(query: str) -> list[str]:
    """What the driver's tool says; nothing where there is none, or it does not answer."""
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
