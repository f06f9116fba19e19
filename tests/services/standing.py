"""Processes and threads that outlive the test that started them, on purpose."""

from __future__ import annotations

from threading import Thread
from weakref import WeakSet

PIDS: set[int] = set()
THREADS: WeakSet[Thread] = WeakSet()
"""Each belongs to a thread that ends them and that is itself noticed if a test leaves it."""
