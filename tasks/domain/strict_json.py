"""Parse untrusted JSON strictly: UTF-8, limited depth, finite numbers.

The standard parser accepts `NaN`, repeated names and any depth, and raises an unexpected error
for numbers of thousands of digits. This parser raises only `InvalidJson`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
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


class InvalidJson(ValueError):
    """The text is not valid JSON; the message says why."""


def loads(sent: bytes | str) -> Any:
    """Return the value of a JSON text; raise `InvalidJson`."""
    text = _decoded(sent) if isinstance(sent, bytes) else sent
    brackets = _brackets(text)
    if len(brackets) > MOST_BRACKETS:
        raise InvalidJson("The JSON contains too many arrays and objects.")
    if _depth(brackets) > DEEPEST:
        raise InvalidJson(f"The JSON is nested more than {DEEPEST} levels deep.")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(f"The JSON is not valid: {error.msg}, at {error.pos}.") from None


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
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


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
