"""Replace ids, secrets, times and places of recorded values with stable placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

SECRETS: Final = {
    "password": "correct horse battery staple",
    "new_password": "correct horse battery staple 2",
    "current_password": "correct horse battery staple",
    "access_token": "ACCESS_TOKEN",
    "refresh_token": "REFRESH_TOKEN",
    "operator_token": "OPERATOR_TOKEN",
    "token": "TOKEN",
    "secret": "SECRET",
    "key": "API_KEY",
    "api_key": "API_KEY",
    "challenge": "CHALLENGE",
    "signature": "SIGNATURE",
    "code": "123456",
    "ticket": "TICKET",
    "recovery_codes": "xxxxxx-xxxxxx-xxxxxx-xxxxxx",
    "authorization": "Bearer ACCESS_TOKEN",
    "x-api-key": "API_KEY",
    "stripe-signature": "t=1767268800,v1=SIGNATURE",
}
"""What stands in place of the value of a field or header of this name."""

_ERROR_CODE: Final = re.compile(r"[A-Z][A-Z_]+")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
_PATTERNS: Final[tuple[tuple[str, Callable[[re.Match[str], int], str]], ...]] = (
    (r"\b\d{13}-\d+\b", lambda _, n: f"1767268800000-{n}"),
    (
        r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
        lambda _, n: f"00000000-0000-4000-8000-{n:012}",
    ),
    (r"\bs[0-9a-f]{31}\b", lambda _, n: f"s{n:031}"),  # names of sessions
    (r"(?<=\bpreview)[0-9a-f]{24}\b", lambda _, n: f"{n:024}"),
    (
        r"(?<![0-9a-zA-Z])(?<!\d\.)(?=[a-f]*\d)[0-9a-f]{12,}(?![0-9a-zA-Z])",
        lambda m, n: f"{n:0{len(m[0])}}",
    ),
    (r"(?<=expires=)\d+", lambda *_: "1767269700"),
    (r"(?<=signature=)[\w%.-]+", lambda *_: "SIGNATURE"),
    (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", lambda *_: "TOKEN"),
    (r"\b(cs|whsec)_[\w+/=-]{12,}", lambda m, _: f"{m[1]}_SECRET"),
    (r"\b(127\.0\.0\.1|localhost):\d+", lambda m, _: f"{m[1]}:5000"),
    (r"(?:/tmp|/work|/root|/home)(?:/[\w.@+-]+)+", lambda *_: "/srv/callsheet"),
    (r"(?<=@)[\w.-]+(?=\.\d+\b)(?!\.(com|org))", lambda *_: "host"),
)
_LONG_TOKEN: Final = re.compile(
    r"(?<![\w/.-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}(?![\w/.])"
)


class Placeholders:
    """What stands for each value that one example shows, the same wherever it appears."""

    def __init__(self, times: list[str]) -> None:
        ordered = enumerate(sorted(set(times)))
        self._times = {time: f"2026-01-01T12:{n:02}:00" for n, time in ordered}
        self._known: dict[str, str] = {}

    def applied(self, value: Any, name: str = "") -> Any:
        """Return a value with its placeholders; `name` is the field or header that has it."""
        match value:
            case Mapping():
                return {self._text(k): self.applied(v, k) for k, v in value.items()}
            case list():
                return [self.applied(each, name) for each in value]
            case str():
                secret = SECRETS.get(name.lower())
                if secret is not None and value and not _is_public(name, value):
                    return secret
                return self._text(value)
        return value

    def _text(self, text: str) -> str:
        text = _TIME.sub(lambda found: self._times.get(found[0], found[0]), text)
        for pattern, placeholder in _PATTERNS:
            text = re.sub(pattern, partial(self._numbered, placeholder), text)
        return _LONG_TOKEN.sub(lambda _: "BASE64URL", text)

    def _numbered(
        self, placeholder: Callable[[re.Match[str], int], str], found: re.Match[str]
    ) -> str:
        return self._known.setdefault(found[0], placeholder(found, len(self._known) + 1))


def times(value: str) -> list[str]:
    """Return the times in a text, as `Placeholders` wants them."""
    return _TIME.findall(value)


def _is_public(name: str, value: str) -> bool:
    """Return whether a field only has the name of a secret, such as the `code` of an error."""
    return name == "code" and bool(_ERROR_CODE.fullmatch(value))
