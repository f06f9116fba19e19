"""The JSON schema of an event, made of its class."""

from __future__ import annotations

import types
from dataclasses import fields
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from tasks.domain.events import Event, EventType

EVENT_STREAM: Final = "text/event-stream"
_TYPES: Final = {str: "string", int: "integer", float: "number", types.NoneType: "null"}


def event_schema() -> dict[str, Any]:
    """Return the schema of what Socket.IO, SSE and WebSocket clients receive."""
    hints = get_type_hints(Event)
    names = [field.name for field in fields(Event)]
    return {
        "type": "object",
        "description": "Something that happened in a session.",
        "required": names,
        "properties": {name: _schema(hints[name]) for name in names},
    }


def stream_schema(description: str, *events: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a stream of these events; OpenAPI 3.1 has no word for streams.

    `contentSchema` describes what a text contains: here the events, as a client parses them.
    """
    return {
        "type": "string",
        "description": description,
        "contentMediaType": EVENT_STREAM,
        "contentSchema": {"type": "array", "items": {"oneOf": list(events)}},
    }


def streamed(data: str, **fields: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one event, whose data is a component of this name."""
    properties = {**fields, "data": {"$ref": f"#/components/schemas/{data}"}}
    return {"type": "object", "required": list(properties), "properties": properties}


def of_job() -> dict[str, Any]:
    """Return the schema of a job's stream."""
    names = {"type": "string", "enum": [kind.value for kind in EventType]}
    event = streamed("Event", id={"type": "string"}, event=names)
    return stream_schema("Events of the job; `data` is JSON.", event)


def _schema(hint: Any) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        parts = [_schema(part) for part in inner]
        kinds = [part.pop("type") for part in parts]
        return {"type": kinds} | parts[0]
    if origin is tuple:
        count = len(inner)
        return {"type": "array", "items": _schema(inner[0]), "minItems": count, "maxItems": count}
    if origin is dict:
        return {"type": "object"}
    if hint is EventType:
        return {"type": "string", "enum": [kind.value for kind in EventType]}
    return {"type": _TYPES[hint]}
