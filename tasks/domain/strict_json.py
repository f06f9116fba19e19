"""Parse untrusted JSON strictly: UTF-8, limited depth, finite numbers.

The standard parser accepts `NaN`, repeated names, any depth and NUL in text, and raises an
unexpected error for numbers of thousands of digits. This parser raises only `InvalidJson`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

DEEPEST: Final = 32
MOST_BRACKETS: Final = 10_000
"""Of arrays and objects, both ends counted; no body of ours has a hundred of them.

Python searches for garbage after every few hundred: 100,000 cost a large process 0.2 s.
"""
LONGEST_NUMBER: Final = 100
"""Characters; no field of the API accepts a number of more than sixteen."""

# An unclosed string matches to the end of the text, which keeps the search linear.
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_NOT_BRACKET: Final = re.compile(r"[^\[\]{}]+")


NUL: Final = "\x00"
_ESCAPED_NUL: Final = r"\u0000"


class InvalidJson(ValueError):
    """The text is not valid JSON; the message says why."""


class NulInJson(InvalidJson):
    """A text or a name contains U+0000, which databases and C cannot store."""

    def __init__(self, field: str) -> None:
        super().__init__("The JSON contains the character U+0000.")
        self.field = field


def loads(sent: bytes | str) -> Any:
    """Return the value of a JSON text; raise `InvalidJson`."""
    text = _decoded(sent) if isinstance(sent, bytes) else sent
    brackets = _brackets(text)
    if len(brackets) > MOST_BRACKETS:
        raise InvalidJson("The JSON contains too many arrays and objects.")
    if _depth(brackets) > DEEPEST:
        raise InvalidJson(f"The JSON is nested more than {DEEPEST} levels deep.")
    try:
        found = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(f"The JSON is not valid: {error.msg}, at {error.pos}.") from None
    field = field_with_nul(text, found)
    if field is not None:
        raise NulInJson(field)
    return found


def field_with_nul(text: str, value: Any) -> str | None:
    """Return the first field of a value that contains NUL, by its JSON text.

    >>> field_with_nul(r'{"a": ["\\u0000"]}', {"a": ["\\0"]})
    'a.0'
    >>> field_with_nul(r'"\\\\u0000"', r"\\u0000")
    """
    if _ESCAPED_NUL not in text:  # raw control characters are no JSON
        return None
    return next(_fields_with_nul(value), None)


def _fields_with_nul(value: Any, field: str = "") -> Iterator[str]:
    """Return the places of texts and names with NUL, such as `consent.face.subject`."""
    match value:
        case str() if NUL in value:
            yield field
        case dict():
            for name, inner in value.items():
                place = f"{field}.{name}" if field else name
                if NUL in name:
                    yield place.replace(NUL, "")
                yield from _fields_with_nul(inner, place)
        case list():
            for number, inner in enumerate(value):
                yield from _fields_with_nul(inner, f"{field}.{number}" if field else str(number))


def _decoded(sent: bytes) -> str:
    try:
        text = sent.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidJson("Send JSON in UTF-8.") from None
    if text.startswith("\ufeff"):
        raise InvalidJson("Send JSON in UTF-8 without a byte order mark.")
    return text


def _brackets(text: str) -> str:
    return _NOT_BRACKET.sub("", _STRING.sub("", text))


def _depth(brackets: str) -> int:
    return max(accumulate(map(_STEPS.__getitem__, brackets), initial=0))


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise InvalidJson("The JSON contains a number with too many digits.")
    return int(digits)


def _float(digits: str) -> float:
    if len(digits) > LONGEST_NUMBER:
        raise InvalidJson("The JSON contains a number with too many digits.")
    number = float(digits)
    if math.isinf(number):
        raise InvalidJson("The JSON contains a number that is too large.")
    return number


def _constant(name: str) -> Any:
    raise InvalidJson(f"{name} is not JSON.")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Reject repeated names, which two parsers may interpret differently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidJson("The JSON has an object that gives the same name twice.")
    return found


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
)
