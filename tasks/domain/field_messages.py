"""Say in one sentence what is wrong with a field of a request.

The messages of the validation library are fragments ("Not a valid integer."), which a form shows
beside its field. A person who reads one sentence needs the field in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_SCHEMA: Final = "_schema"
"""The field name of a message about the whole body."""
_NAMES: Final = {
    "script": "The script",
    "topic": "The topic",
    "title": "The title",
    "password": "The password",
    "new_password": "The new password",
    "email": "The email address",
    "file": "The file",
}
_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], str]], ...]] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"Missing(?: data for required field)?\.", lambda name, _: f"{name} is missing."),
        (r"Unknown field\.", lambda name, _: f"{name} is not a field of this request."),
        (
            r"Unknown field\. (Did you mean .+)",
            lambda name, found: f"{name} is not a field of this request. {found[1]}",
        ),
        (r"Empty\.", lambda name, _: f"{name} is empty."),
        (
            r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
            lambda name, found: f"{name} must be between {found[1]} and {found[2]}.",
        ),
        (r"Field may not be null\.", lambda name, _: f"{name} must not be null."),
        (r"Not a valid string\.", lambda name, _: f"{name} must be text."),
        (r"Not a valid integer\.", lambda name, _: f"{name} must be a whole number."),
        (r"Not a valid number\.", lambda name, _: f"{name} must be a number."),
        (r"Not a valid boolean\.", lambda name, _: f"{name} must be true or false."),
        (r"Not a valid list\.", lambda name, _: f"{name} must be a list."),
        (
            r"(?:Not a valid mapping type|Invalid input type|Invalid type)\.",
            lambda name, _: f"{name} must be an object.",
        ),
        (r"Not a valid ([\w -]+)\.", lambda name, found: f"{name} is not a valid {found[1]}."),
        (
            r"Longer than maximum length (\d+)\.",
            lambda name, found: f"{name} is too long: {found[1]} characters at most.",
        ),
        (r"Shorter than minimum length 1\.", lambda name, _: f"{name} is empty."),
        (
            r"Shorter than minimum length (\d+)\.",
            lambda name, found: f"{name} is too short: {found[1]} characters at least.",
        ),
        (
            r"Length must be between (\d+) and (\d+)\.",
            lambda name, found: f"{name} must have a length of {found[1]} to {found[2]}.",
        ),
        (r"Must (.+)", lambda name, found: f"{name} must {found[1]}"),
    )
)


def sentence(field: str, message: str) -> str:
    """Return one sentence about a field; a message that is a sentence stays as it is.

    >>> sentence("width", "Not a valid integer.")
    '`width` must be a whole number.'
    >>> sentence("script", "Must contain letters or numbers to speak.")
    'The script must contain letters or numbers to speak.'
    >>> sentence("voice.id", "Unknown voice. `GET /voices` lists them.")
    'Unknown voice. `GET /voices` lists them.'
    """
    inner = ".".join(part for part in field.split(".") if part != _SCHEMA)
    name = _NAMES.get(inner) or (f"`{inner}`" if inner else "The body of the request")
    for pattern, rule in _RULES:
        found = pattern.fullmatch(message)
        if found:
            return rule(name, found)
    return message
