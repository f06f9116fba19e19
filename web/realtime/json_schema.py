"""Turn the types of events into JSON Schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

_PLAIN: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of a type.

    >>> schema_of(list[int | None])
    {'type': 'array', 'items': {'type': ['integer', 'null']}}
    >>> schema_of(dict[str, float])
    {'type': 'object', 'additionalProperties': {'type': 'number'}}
    """
    if kind is Any:
        return {}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if is_typeddict(kind):
        return _object(kind)
    found = _COMPOSED.get(get_origin(kind))
    if found is None:
        raise TypeError(f"no JSON Schema for {kind!r}")
    return found(get_args(kind))


def _object(kind: Any) -> dict[str, Any]:
    hints: Mapping[str, Any] = get_type_hints(kind)
    marked = get_type_hints(kind, include_extras=True)
    # Not `__required_keys__`, which knows no annotations that are evaluated later.
    required = [name for name, hint in marked.items() if get_origin(hint) is not NotRequired]
    found: dict[str, Any] = {"type": "object"}
    doc = inspect.getdoc(kind)
    if doc and not doc.startswith("dict("):  # the docstring of a type without one
        found["description"] = " ".join(doc.split())
    return found | {
        "required": sorted(required),
        "properties": {name: schema_of(hint) for name, hint in hints.items()},
    }


def _union(inner: Sequence[Any]) -> dict[str, Any]:
    schemas = [schema_of(one) for one in inner]
    if all(set(schema) == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}


def _literal(inner: Sequence[Any]) -> dict[str, Any]:
    return {"type": "string", "enum": list(inner)}


def _list(inner: Sequence[Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema_of(inner[0])}


def _tuple(inner: Sequence[Any]) -> dict[str, Any]:
    return _list(inner) | {"minItems": len(inner), "maxItems": len(inner)}


def _dict(inner: Sequence[Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": schema_of(inner[1])}


_COMPOSED: Final[dict[Any, Callable[[Sequence[Any]], dict[str, Any]]]] = {
    Union: _union,
    UnionType: _union,
    Literal: _literal,
    list: _list,
    tuple: _tuple,
    dict: _dict,
}
