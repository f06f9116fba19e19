"""The JSON schema of an event, made of its class."""

from __future__ import annotations

import types
from dataclasses import fields
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from tasks.domain.events import Event, EventType

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
