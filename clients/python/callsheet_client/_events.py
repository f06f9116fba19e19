"""Read Server-Sent Events."""

from __future__ import annotations

import json
from typing import Any, cast

from callsheet_client import models

SILENCE_SECONDS = 45.0
"""The server sends a comment every 15 seconds; after three of them the connection is dead."""


class Lines:
    """Collects the lines of a stream into events."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def add(self, line: str) -> models.Event | None:
        """Add a line; return the event that it ends, if any."""
        if line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        if line or not self._data:
            return None
        text, self._data = "\n".join(self._data), []
        return cast("models.Event", json.loads(text))


def order(event_id: str) -> tuple[int, int]:
    """Return a sort key: the two numbers of an event's id."""
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds or 0), int(sequence or 0)


def query(given: Any) -> dict[str, str]:
    """Return the parameters that were given, as text."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (given or {}).items()
        if value is not None
    }
