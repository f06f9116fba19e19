"""Parse what the script that emits events has written: entries of streams, and live messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from tasks.domain.events import Event
from tasks.domain.wire import Malformed

_SEED: Final = {"seed"}


def is_seed(entry: dict[str, str]) -> bool:
    """Return whether an entry of the event stream only keeps ids rising after a wipe."""
    return entry.keys() == _SEED


def decode(event_id: str, entry: dict[str, str]) -> Event:
    """Parse an entry of a stream; raise `Malformed`."""
    try:
        event, percent, eta = entry["event"], entry["percent"], entry["eta"]
    except KeyError as missing:
        raise Malformed(f"{missing.args[0]} is missing") from None
    return Event.from_json(event).stamped(event_id, percent, eta)


def decode_live(data: Any) -> Event:
    """Parse a message of the live channel; raise `Malformed`."""
    parts = data.split("|", 3) if isinstance(data, str) else []
    if len(parts) != 4:
        raise Malformed("not a live message")
    event_id, percent, eta, event = parts
    return Event.from_json(event).stamped(event_id, percent, eta)


def readable(entries: Iterable[tuple[str, dict[str, str]]]) -> Iterator[Event]:
    """Yield the entries that are events; the controller quarantines the others."""
    for event_id, entry in entries:
        with suppress(Malformed):
            yield decode(event_id, entry)
