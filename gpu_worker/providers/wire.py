"""What every wire can do, and which wires there are."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, Status
from tasks.domain.hosted import ClipOrder, Purchase, Remote


class Wire(Protocol):
    """One provider's requests with one key. Errors: see `Connection.ask`."""

    can_find: bool
    """Whether it can look up a task whose id was lost."""
    polls_many: bool
    """Whether one request asks for many tasks."""

    def __init__(self, remote: Remote, key: ProviderKey) -> None: ...

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:
        """Create a task. It is paid for, so it is asked once."""

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        """Return the states of tasks; a missing one was not mentioned."""

    def cancel(self, task_id: str) -> None:
        """Cancel a task, where the provider can."""

    def find(self, purchase: Purchase) -> Created | None:
        """Look up the task of a purchase whose answer was lost."""

    def file_headers(self, url: str) -> dict[str, str]:
        """Return the headers with which a file is fetched."""

    def check(self) -> str:
        """Ask something that is free, and return what was learned."""


WIRES = ("runway", "google", "kling", "fal", "replicate", "openai_videos", "seedance")


class UnknownWire(Exception):
    """This version of the worker does not know the wire of a provider."""


def open_wire(remote: Remote, key: ProviderKey) -> Wire:
    """Return the wire of a provider; its module is imported on first use."""
    if remote.wire not in WIRES:
        raise UnknownWire(remote.wire)
    module = import_module(f"gpu_worker.providers.wires.{remote.wire}")
    wire: Wire = module.open_wire(remote, key)
    return wire
