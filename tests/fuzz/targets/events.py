"""The parsers of JSON: messages of other processes, and request bodies.

The first byte selects the parser. A line break ends the event; the lines after it are the id,
the progress and the estimate that Redis adds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.domain import strict_json, wire
from tasks.domain.events import Event, id_order, require_id
from tasks.domain.text import find_forbidden, normalise_newlines


@dataclass(frozen=True)
class Part:
    name: str
    amount: float = 0.0


@dataclass(frozen=True)
class Message:
    """Fields of every kind that a message of ours has."""

    count: int
    part: Part
    parts: tuple[Part, ...] = ()
    pair: tuple[float, str] | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    anything: Any = None
    flag: bool = False


def check(data: bytes) -> None:
    parser = {b"e": _event, b"m": _message, b"s": _strict}.get(data[:1], _text)
    parser(data[1:])


def _event(data: bytes) -> None:
    text, *stamp = data.split(b"\n")
    try:
        event = Event.from_json(text)
    except wire.Malformed:
        return
    _require_stable(event)
    if len(stamp) >= 3:
        _stamped(event, *(line.decode("utf-8", "replace") for line in stamp[:3]))


def _require_stable(event: Event) -> None:
    """What was read can be written, and reads as the same again."""
    text = event.to_json()
    text.encode()
    assert Event.from_json(text) == event
    assert Event.from_dict(event.to_dict()) == event
    repr(event.milestone)
    if event.event_id:
        id_order(event.event_id)


def _stamped(event: Event, event_id: str, percent: str, eta: str) -> None:
    try:
        stamped = event.stamped(event_id, percent, eta)
    except wire.Malformed:
        return
    require_id(stamped.event_id)
    assert 0 <= stamped.progress_percent <= 100
    _require_stable(stamped)


def _message(data: bytes) -> None:
    """A dataclass with fields of every type that a message can have."""
    try:
        message = wire.build(Message, wire.parse(data))
    except wire.Malformed:
        return
    assert wire.build(Message, wire.parse(json.dumps(asdict(message)))) == message


def _strict(data: bytes) -> None:
    try:
        value = strict_json.loads(data)
    except strict_json.InvalidJson as error:
        str(error).encode()
        return
    json.dumps(value, allow_nan=False)


def _text(data: bytes) -> None:
    text = normalise_newlines(data.decode("utf-8", "surrogateescape"))
    assert "\r" not in text
    if find_forbidden(text) is None:
        assert wire.safe_text(text) == text
        text.encode()
