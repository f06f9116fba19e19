"""Read what another process has sent, as if it were hostile.

Whoever may write to Redis may write anything. These functions either return a value of the
expected form or raise `Malformed`; nothing else escapes them.
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
"""Characters of one message; the largest of ours announces a plan, with some 40 KB."""
DEEPEST: Final = 32
LARGEST_INTEGER: Final = 2**63 - 1
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f\ud800-\udfff]")


class Malformed(ValueError):
    """A message does not have the form that its reader expects."""


def safe_text(text: str, most: int | None = None) -> str:
    """Replace what not every database, terminal or encoding accepts, and shorten.

    >>> safe_text("a" + chr(0) + chr(0xD800) + "b", 3)
    'a\ufffd\ufffd'
    """
    return _UNSAFE.sub(_REPLACEMENT, text if most is None else text[:most])


def parse(text: str | bytes) -> Any:
    """Decode JSON: bounded in size and depth, with numbers and strings that can be stored."""
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
    """The same plain JSON with safe strings, and null for what is no finite number.

    An engine may report the loudness of silence; that is no reason to lose its result.
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
    """A required value of a mapping, if it has this type.

    >>> field({"attempt": 1}, "attempt", int)
    1
    """
    if name not in raw:
        raise Malformed(f"{safe_text(name, 50)} is missing")
    return fitting(raw[name], kind, name)


def build(cls: type[T], raw: Any, **given: Any) -> T:
    """A dataclass from a JSON object; what the class does not know is left out.

    A newer process may say more than this one understands.
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
    """The value as this type, which is one that JSON can carry."""
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
