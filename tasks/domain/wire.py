"""Parse messages of other processes as untrusted input.

Any process with access to Redis can write anything. These functions return a value of the
expected type or raise `Malformed`, and no other exception.
"""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

LONGEST: Final = 1 << 20
"""Characters of one message; our largest one, which announces a plan, has about 40 KB."""
DEEPEST: Final = 32
LARGEST_INTEGER: Final = 2**63 - 1
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f\ud800-\udfff]")


class Malformed(ValueError):
    """A message does not have the expected form."""


def safe_text(text: str, most: int | None = None) -> str:
    """Replace unsafe characters, and shorten the text.

    >>> safe_text("a" + chr(0) + chr(0xD800) + "b", 3)
    'a\ufffd\ufffd'
    """
    return _UNSAFE.sub(_REPLACEMENT, text if most is None else text[:most])


def parse(text: str | bytes) -> Any:
    """Parse JSON of limited size and depth, with numbers and strings that can be stored."""
    if len(text) > LONGEST:
        raise Malformed(f"longer than {LONGEST} characters")
    try:
        value = json.loads(text)
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"not JSON: {safe_text(str(error), 100)}") from None
    return checked(value)


def checked(value: Any, depth: int = DEEPEST) -> Any:
    """Return the same JSON with safe strings, and with null for infinite numbers and NaN.

    An engine may report the loudness of silence, and its result must not be lost for that.
    """
    if depth < 0:
        raise Malformed("nested too deeply")
    match value:
        case list() | tuple():
            return [checked(one, depth - 1) for one in value]
        case dict():
            return {_name(key): checked(one, depth - 1) for key, one in value.items()}
    return _checked_scalar(value)


def _checked_scalar(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return safe_text(value)
        case int() if abs(value) <= LARGEST_INTEGER:
            return value
        case float():
            return value if math.isfinite(value) else None
    raise Malformed(f"a value is out of range or not JSON: {type(value).__name__}")


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise Malformed("a key is not a string")
    return safe_text(key)


# --- fields ---------------------------------------------------------------------------


def field(raw: Mapping[str, Any], name: str, kind: Any) -> Any:
    """Return a required value of a mapping; raise `Malformed` if it has another type.

    >>> field({"attempt": 1}, "attempt", int)
    1
    """
    if name not in raw:
        raise Malformed(f"{safe_text(name, 50)} is missing")
    return fitting(raw[name], kind, name)


def build(cls: type[T], raw: Any, **given: Any) -> T:
    """Build a dataclass from a JSON object; ignore unknown fields.

    A newer process may send more fields than this one knows.
    """
    if not isinstance(raw, dict):
        raise Malformed(f"{cls.__name__} is not an object")
    values = dict(given)
    for name, kind, required in _fields(cls):  # type: ignore[arg-type]  # a class is hashable
        if name in values:
            continue
        if name in raw:
            values[name] = fitting(raw[name], kind, name)
        elif required:
            raise Malformed(f"{name} is missing")
    return cls(**values)


def fitting(value: Any, kind: Any, name: str) -> Any:
    """Return the value as this type, which must be representable in JSON."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin is not None:
        return _CONTAINERS[origin](value, inner, name)
    if isinstance(kind, type) and is_dataclass(kind):
        return build(kind, value)
    # JSON does not tell 5 from 5.0; true is neither.
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and (kind is not int or not isinstance(value, bool)):
        return value
    raise _unfitting(name)


def _one_of(value: Any, kinds: tuple[Any, ...], name: str) -> Any:
    for kind in kinds:
        try:
            return fitting(value, kind, name)
        except Malformed:
            continue
    raise _unfitting(name)


def _tuple(value: Any, inner: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _unfitting(name)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(fitting(one, inner[0], name) for one in value)
    if len(value) != len(inner):
        raise _unfitting(name)
    return tuple(fitting(one, kind, name) for one, kind in zip(value, inner, strict=True))


def _dict(value: Any, inner: tuple[Any, ...], name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unfitting(name)
    return {key: fitting(one, inner[1], name) for key, one in value.items()}


_CONTAINERS: Final = {Union: _one_of, types.UnionType: _one_of, tuple: _tuple, dict: _dict}


@cache
def _fields(cls: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    kinds = get_type_hints(cls)
    return tuple(
        (one.name, kinds[one.name], one.default is MISSING and one.default_factory is MISSING)
        for one in fields(cls)
        if one.init
    )


def _unfitting(name: str) -> Malformed:
    return Malformed(f"{safe_text(name, 50)} has the wrong type")
