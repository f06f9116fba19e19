"""Processes that outlive the test that started them, on purpose."""

from __future__ import annotations

PIDS: set[int] = set()
