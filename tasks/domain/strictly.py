"""Read JSON that anyone may have written into dataclasses, by their declared types alone."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

LONGEST_TEXT: Final = 4000
MOST_ENTRIES: Final = 1000


class Unfit(ValueError):
    """What was read is not of the type that was asked for; the text says where."""


def parse(text: str) -> Any:
    """Parse JSON without NaN, infinities, huge numbers and texts that no encoding can hold."""
    try:
        text.encode()
        found = json.loads(text, parse_constant=_no_constant, parse_int=_integer)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as odd:
        raise Unfit(f"it is no JSON that can be kept ({type(odd).__name__})") from None
    return found


def read(kind: type[T], raw: object, where: str = "it") -> T:
    """Read a value of this type.

    >>> read(tuple[int, ...], [1, 2])
    (1, 2)
    >>> read(int, True, "its age")
    Traceback (most recent call last):
    tasks.domain.strictly.Unfit: its age is no int
    """
    found: T = _read(kind, raw, where)
    return found


def _read(kind: Any, raw: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _dataclass(kind, raw, where)
    if origin in (Union, types.UnionType):
        return None if raw is None else _read(inner[0], raw, where)
    if origin in (tuple, dict):
        return _container(kind, raw, where)
    if kind is Any:
        return raw
    if not _fits(kind, raw):
        raise Unfit(f"{where} is no {kind.__name__}")
    return float(raw) if kind is float else raw


def _container(kind: Any, raw: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(raw, list) and len(raw) <= MOST_ENTRIES:
        return tuple(_read(inner[0], one, where) for one in raw)
    if origin is dict and isinstance(raw, dict) and len(raw) <= MOST_ENTRIES:
        return {_read(str, key, where): _read(inner[1], raw[key], where) for key in raw}
    raise Unfit(f"{where} is no {origin.__name__}")


def _fits(kind: type, raw: object) -> bool:
    if kind is float:
        return type(raw) in (int, float) and math.isfinite(raw)  # type: ignore[arg-type]
    if kind is str:
        return isinstance(raw, str) and len(raw) <= LONGEST_TEXT
    return type(raw) is kind


def _dataclass(kind: Any, raw: Any, where: str) -> Any:
    if not isinstance(raw, dict):
        raise Unfit(f"{where} is no {kind.__name__}")
    declared = {one.name: one for one in fields(kind)}
    missing = [
        name
        for name, one in declared.items()
        if name not in raw and one.default is MISSING and one.default_factory is MISSING
    ]
    if missing or raw.keys() - declared.keys():
        raise Unfit(f"{where} is no {kind.__name__}")
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], value, name) for name, value in raw.items()})


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _integer(text: str) -> int:
    if len(text) > 20:
        raise ValueError("too long")
    return int(text)


def _no_constant(name: str) -> float:
    raise ValueError(name)
