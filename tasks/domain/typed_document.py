"""Read typed values from untrusted JSON strictly, and describe them as a JSON Schema.

A document is a frozen dataclass whose fields are documents, texts, numbers, truth values, tuples
of these, or `None`. Limits stand beside the types, as in `Annotated[float, Range(2, 10)]`. What
is unknown, missing, of another type or out of its limits is an error with its path; all errors
of a document are reported together.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from tasks.domain.wire import LARGEST_INTEGER, safe_text

T = TypeVar("T")
_MOST_ERRORS: Final = 50
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a document, and where it is: `scenes[2].seconds`."""

    path: str
    message: str


class InvalidDocument(ValueError):
    """A document is not valid; `problems` say why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{one.path}: {one.message}" for one in problems[:5]))


@dataclass(frozen=True, slots=True)
class Range:
    """The limits of a number, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Length:
    """The characters of a text, or the items of a list: at most, and at least."""

    most: int
    least: int = 0


@dataclass(frozen=True, slots=True)
class OneOf:
    """The texts that are accepted."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The regular expression that a whole text must match."""

    expression: str


def read(cls: type[T], raw: Any, path: str = "") -> T:
    """Return the document; raise `InvalidDocument` with everything that is wrong."""
    problems: list[Problem] = []
    value = _document(cls, raw, path, problems)
    if problems:
        raise InvalidDocument(tuple(problems[:_MOST_ERRORS]))
    return value  # type: ignore[no-any-return]


def plain(value: Any) -> Any:
    """Return a document as JSON values; every field is written."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def json_schema(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a document."""
    names = _fields(cls)  # type: ignore[arg-type]  # a class is hashable
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _schema_of(kind) for name, kind, _ in names},
        "required": [name for name, _, required in names if required],
    }


# --- reading ------------------------------------------------------------------------------


def _document(cls: type[Any], raw: Any, path: str, problems: list[Problem]) -> Any:
    if not isinstance(raw, dict):
        problems.append(Problem(path or "document", "must be an object"))
        return None
    expected = _fields(cls)  # type: ignore[arg-type]  # a class is hashable
    known = {name for name, _, _ in expected}
    unknown = [name for name in raw if name not in known]
    problems += [
        Problem(_joined(path, safe_text(str(name), 50)), "is not a known field")
        for name in unknown[:_MOST_ERRORS]
    ]
    before = len(problems)
    values: dict[str, Any] = {}
    for name, kind, required in expected:
        if name in raw:
            values[name] = _value(kind, raw[name], _joined(path, name), problems)
        elif required:
            problems.append(Problem(_joined(path, name), "is missing"))
    return None if len(problems) > before else cls(**values)


def _value(kind: Any, raw: Any, path: str, problems: list[Problem]) -> Any:
    kind, limits = _unpacked(kind)
    if get_origin(kind) in (Union, types.UnionType):
        inner, optional = _optional(kind)
        if raw is None and optional:
            return None
        return _value(Annotated[(inner, *limits)] if limits else inner, raw, path, problems)
    if get_origin(kind) is tuple:
        return _items(get_args(kind)[0], limits, raw, path, problems)
    if is_dataclass(kind):
        return _document(kind, raw, path, problems)  # type: ignore[arg-type]
    fault, value = _READERS[kind](raw)
    fault = fault or next(filter(None, (_broken(limit, value) for limit in limits)), None)
    if fault is not None:
        problems.append(Problem(path, fault))
    return value


def _items(
    kind: Any, limits: tuple[Any, ...], raw: Any, path: str, problems: list[Problem]
) -> tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        problems.append(Problem(path, "must be a list"))
        return ()
    fault = next(filter(None, (_broken(limit, raw) for limit in limits)), None)
    if fault is not None:
        problems.append(Problem(path, fault))
        return ()
    return tuple(_value(kind, one, f"{path}[{i}]", problems) for i, one in enumerate(raw))


def _text(raw: Any) -> tuple[str | None, Any]:
    if not isinstance(raw, str):
        return "must be a text", raw
    if _UNPRINTABLE.search(raw):
        return "contains characters that cannot be shown", raw
    return None, raw


def _truth(raw: Any) -> tuple[str | None, Any]:
    return (None if isinstance(raw, bool) else "must be true or false"), raw


def _whole(raw: Any) -> tuple[str | None, Any]:
    if isinstance(raw, bool) or not isinstance(raw, int):
        return "must be a whole number", raw
    return (None if abs(raw) <= LARGEST_INTEGER else "is too large"), raw


def _number(raw: Any) -> tuple[str | None, Any]:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return "must be a number", raw
    if abs(raw) > LARGEST_INTEGER or not math.isfinite(raw):
        return "is too large", raw
    return None, float(raw)


_READERS: Final[dict[Any, Callable[[Any], tuple[str | None, Any]]]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
}


def _broken(limit: Any, value: Any) -> str | None:
    match limit:
        case Range(low=low, high=high) if not low <= value <= high:
            return f"must be from {low:g} to {high:g}"
        case Length(most=most, least=least):
            return _wrong_length(value, most, least)
        case OneOf(values=values) if value not in values:
            return f"must be one of: {', '.join(values)}"
        case Pattern(expression=expression) if not re.fullmatch(expression, value):
            return "has characters that are not accepted here"
    return None


def _wrong_length(value: Any, most: int, least: int) -> str | None:
    counted = "characters" if isinstance(value, str) else "items"
    size = len(value.strip()) if isinstance(value, str) else len(value)
    if size < least:
        return "must not be empty" if least == 1 else f"needs at least {least} {counted}"
    return f"must have at most {most} {counted}" if len(value) > most else None


# --- types --------------------------------------------------------------------------------


@cache
def _fields(cls: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    kinds = get_type_hints(cls, include_extras=True)
    return tuple(
        (one.name, kinds[one.name], one.default is one.default_factory is MISSING)
        for one in fields(cls)
    )


def _unpacked(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(kind) is Annotated:
        inner, *limits = get_args(kind)
        return inner, tuple(limits)
    return kind, ()


def _optional(kind: Any) -> tuple[Any, bool]:
    inner = [one for one in get_args(kind) if one is not type(None)]
    return inner[0], len(inner) < len(get_args(kind))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# --- JSON Schema --------------------------------------------------------------------------

_SCHEMA_TYPES: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}


def _schema_of(kind: Any) -> dict[str, Any]:
    kind, limits = _unpacked(kind)
    if get_origin(kind) in (Union, types.UnionType):
        inner, _ = _optional(kind)
        return {"anyOf": [_schema_of(inner), {"type": "null"}]}
    if get_origin(kind) is tuple:
        found: dict[str, Any] = {"type": "array", "items": _schema_of(get_args(kind)[0])}
        return found | dict(_limits_of(limits, "Items"))
    if is_dataclass(kind):
        return json_schema(kind)  # type: ignore[arg-type]
    return {"type": _SCHEMA_TYPES[kind]} | dict(_limits_of(limits, "Length"))


def _limits_of(limits: tuple[Any, ...], counted: str) -> Iterator[tuple[str, Any]]:
    for limit in limits:
        match limit:
            case Range(low=low, high=high):
                yield from (("minimum", low), ("maximum", high))
            case Length(most=most, least=least):
                yield from ((f"min{counted}", least), (f"max{counted}", most))
            case OneOf(values=values):
                yield "enum", list(values)
            case Pattern(expression=expression):
                yield "pattern", f"^{expression}$"
