"""Parse messages of other processes as untrusted input.

Any process with access to Redis can write anything. These functions return a value of the
expected type or raise `Malformed`, and no other exception.
"""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_Reader = Callable[[Any, str], Any]
"""Returns a value as the expected type; takes the value and its name."""

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
        case str():
            return safe_text(value)
        case dict():
            return {_name(key): checked(one, depth - 1) for key, one in value.items()}
        case list() | tuple():
            return [checked(one, depth - 1) for one in value]
        case None | bool():
            return value
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
    for name, reader, required in _fields(cls):  # type: ignore[arg-type]  # a class is hashable
        if name in values:
            continue
        if name in raw:
            values[name] = reader(raw[name], name)
        elif required:
            raise Malformed(f"{name} is missing")
    return cls(**values)


def fitting(value: Any, kind: Any, name: str) -> Any:
    """Return the value as this type, which must be representable in JSON."""
    return _reader(kind)(value, name)


@cache
def _reader(kind: Any) -> _Reader:
    """Return the function that reads a type; types are taken apart once."""
    origin = get_origin(kind)
    if kind is Any:
        return lambda value, _: value
    if origin is not None:
        return _CONTAINERS[origin](get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return lambda value, _: build(kind, value)
    if kind in (float, int):
        return _float if kind is float else _int

    def plain(value: Any, name: str) -> Any:
        if isinstance(value, kind):
            return value
        raise _unfitting(name)

    return plain


def _int(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):  # true is no number
        return value
    raise _unfitting(name)


def _float(value: Any, name: str) -> float:
    # JSON does not tell 5 from 5.0.
    return value if isinstance(value, float) else float(_int(value, name))


def _one_of(kinds: tuple[Any, ...]) -> _Reader:
    readers = [_reader(kind) for kind in kinds]

    def read(value: Any, name: str) -> Any:
        for reader in readers:
            try:
                return reader(value, name)
            except Malformed:
                continue
        raise _unfitting(name)

    return read


def _tuple(inner: tuple[Any, ...]) -> _Reader:
    if len(inner) == 2 and inner[1] is Ellipsis:
        every = _reader(inner[0])
        return lambda value, name: tuple(every(one, name) for one in _list(value, name))
    readers = [_reader(kind) for kind in inner]

    def read(value: Any, name: str) -> Any:
        if len(_list(value, name)) != len(readers):
            raise _unfitting(name)
        return tuple(reader(one, name) for one, reader in zip(value, readers, strict=True))

    return read


def _list(value: Any, name: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise _unfitting(name)
    return value


def _dict(inner: tuple[Any, ...]) -> _Reader:
    reader = _reader(inner[1])

    def read(value: Any, name: str) -> Any:
        if not isinstance(value, dict):
            raise _unfitting(name)
        return {key: reader(one, name) for key, one in value.items()}

    return read


_CONTAINERS: Final = {Union: _one_of, types.UnionType: _one_of, tuple: _tuple, dict: _dict}


@cache
def _fields(cls: type[Any]) -> tuple[tuple[str, _Reader, bool], ...]:
    kinds = get_type_hints(cls)
    return tuple(
        (one.name, _reader(kinds[one.name]), one.default is one.default_factory is MISSING)
        for one in fields(cls)
        if one.init
    )


def _unfitting(name: str) -> Malformed:
    return Malformed(f"{safe_text(name, 50)} has the wrong type")
