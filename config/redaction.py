"""Redact the values of secrets in every log line.

A library may log a URL with a password, and a traceback may show the whole environment, so
each line is searched for secrets before it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from config.setting import all_values
from config.settings import Settings

MASK: Final = "***"
_SHORTEST: Final = 4
"""A shorter secret would redact ordinary words."""
_SHORTEST_OF_OTHERS: Final = 8
"""For other programs' variables: `SOME_TOKEN=true` must not redact every `true`."""

_NAMES: Final = re.compile(r"(SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|CREDENTIAL|AUTH)S?$")
"""How the names of other programs' secret variables end."""

# The scheme is bounded: without that, a line of "a.a.a." takes quadratic time.
_IN_ADDRESS: Final = re.compile(
    r"(?P<before>\b[a-z][a-z0-9+.-]{0,30}://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)"
)
_IN_QUERY: Final = re.compile(
    r"(?P<before>[?&](?:[\w.-]*(?:token|secret|password|signature|credential)|(?:api_?)?key|sig)=)"
    r"[^&\s'\"<>]+",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"(?P<before>\b(?:Bearer|Basic)\s+)[\w.~+/=-]{4,}")


class Redactor:
    """Replaces known secrets, and what looks like a password in a URL."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values if len(value) >= _SHORTEST for form in _forms(value)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def redact(self, text: str) -> str:
        """Return the text without secrets.

        >>> Redactor(["hunter22"]).redact("redis://:pa55@here/0 said hunter22 to /x?token=abc&n=1")
        'redis://:***@here/0 said *** to /x?token=***&n=1'
        """
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern in (_IN_ADDRESS, _IN_QUERY, _BEARER):
            text = pattern.sub(rf"\g<before>{MASK}", text)
        return text


def make_redactor(settings: Settings, environ: Mapping[str, str]) -> Redactor:
    """Make a redactor for the secrets of this process."""
    return Redactor([*_of_settings(settings), *_of_environment(environ)])


def _of_settings(settings: Settings) -> Iterator[str]:
    for declared, value in all_values(settings):
        if declared.type == "tuple[bytes, ...]":
            yield from (key.decode() for key in value)
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
    """Return the value as it is, as JSON and Python quote it, and as JSON of the Python form."""
    written = value, json.dumps(value)[1:-1], repr(value)[1:-1]
    return (*written, *(json.dumps(text, ensure_ascii=False)[1:-1] for text in written))
