"""What must never be read in a log: the values of secrets, wherever they turn up.

A library may print an address with its password, or a traceback a whole environment; so
every line is looked through when it is written, whoever wrote it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Final
from urllib.parse import unquote, urlsplit

from config.settings import Settings

MASK: Final = "***"
_SHORTEST: Final = 4
"""A shorter secret would veil half of every line."""
_SHORTEST_OF_OTHERS: Final = 8
"""Of variables that only look like secrets: `SOME_TOKEN=true` veils no `true`."""

_NAMES: Final = re.compile(r"(SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|CREDENTIAL|AUTH)S?$")
"""Variables of other programs' making whose values are secret, by how their names end."""

_IN_ADDRESS: Final = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)")
_IN_QUERY: Final = re.compile(
    r"(?P<before>[?&](?:[\w.-]*(?:token|secret|password|signature|credential)|(?:api_?)?key|sig)=)"
    r"[^&\s'\"<>]+",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"(?P<before>\b(?:Bearer|Basic)\s+)[\w.~+/=-]{4,}")


class Redactor:
    """Covers known values, and what looks like a password in an address."""

    def __init__(self, values: Iterable[str]) -> None:
        said = {form for value in values if len(value) >= _SHORTEST for form in _forms(value)}
        longest_first = sorted(said, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if said else None

    def redact(self, text: str) -> str:
        """The text without secrets.

        >>> Redactor(["hunter22"]).redact("redis://:pa55@here/0 said hunter22 to /x?token=abc&n=1")
        'redis://:***@here/0 said *** to /x?token=***&n=1'
        """
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern in (_IN_ADDRESS, _IN_QUERY, _BEARER):
            text = pattern.sub(rf"\g<before>{MASK}", text)
        return text


def make_redactor(settings: Settings, environ: Mapping[str, str]) -> Redactor:
    """One that knows the secrets of this process."""
    return Redactor([*_of_settings(settings), *_of_environment(environ)])


def _of_settings(settings: Settings) -> Iterator[str]:
    for declared in fields(settings):
        value = getattr(settings, declared.name)
        if not isinstance(value, str):
            continue
        if declared.metadata["hidden"]:
            yield value
            yield from value.split(":", 1)[1:]  # `user:password`
        elif "://" in value:
            password = urlsplit(value).password
            yield from (password, unquote(password)) if password else ()


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if _NAMES.search(name) and len(value) >= _SHORTEST_OF_OTHERS:
            yield value


def _forms(value: str) -> tuple[str, ...]:
    """As it is, as JSON and Python write it, and as JSON writes what Python wrote."""
    written = value, json.dumps(value)[1:-1], repr(value)[1:-1]
    return (*written, *(json.dumps(text, ensure_ascii=False)[1:-1] for text in written))
