"""Requests to one provider with one key.

The base URL is the operator's choice and may lie in the own network; no other address of a
provider may.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from config.provider_keys import ProviderKey
from gpu_worker.hosted.refusals import retry_after, without
from gpu_worker.providers.answers import NoAnswer, NotSent, ProviderRefused
from tasks.domain.hosted import Cause, Remote
from tasks.outbound.addresses import OPERATOR
from tasks.outbound.client import Answer, GuardedClient, NotConnected, RequestFailed
from tasks.outbound.destinations import DestinationRefused

SECONDS: Final = 60.0
"""For one request, however slowly its answer arrives."""
MOST_BYTES: Final = 4 * 1024 * 1024
_LONGEST: Final = 500
_MODERATED: Final = re.compile(
    r"moderat|safety|content.?policy|prohibited|sensitive|nsfw|inappropriate|violat", re.IGNORECASE
)
_CAUSES: Final = {
    401: Cause.KEY,
    402: Cause.KEY,
    403: Cause.KEY,
    404: Cause.LOST,
    408: Cause.SERVER,
    410: Cause.LOST,
    429: Cause.LIMIT,
}
_UNDECIDED: Final = (502, 504)
"""A gateway answers so, whatever the server behind it has done."""

Classify = Callable[[int, Any], Cause | None]
"""Returns the cause that an error answer names in the provider's own way, if it does."""


@cache
def client() -> GuardedClient:
    """Return the client of this process, whose connections are used again."""
    return GuardedClient(OPERATOR)


def cause_of_text(text: str) -> Cause | None:
    """Return `MODERATION` if an error speaks of it."""
    return Cause.MODERATION if _MODERATED.search(text) else None


class Connection:
    """Asks a provider with one key."""

    def __init__(
        self,
        remote: Remote,
        key: ProviderKey,
        headers: Mapping[str, str],
        classify: Classify = lambda _status, _body: None,
    ) -> None:
        self.remote = remote
        self.key = key
        self.headers = dict(headers)
        self._classify = classify

    def get(self, path: str, *, most_bytes: int = MOST_BYTES, **query: str) -> Any:
        asked = path + (f"?{urlencode(query)}" if query else "")
        return self.ask("GET", asked, most_bytes=most_bytes)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        sent = json.dumps(body).encode()
        return self.ask("POST", path, sent, {"Content-Type": "application/json"} | headers)

    def ask(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        most_bytes: int = MOST_BYTES,
    ) -> Any:
        """Return the JSON of an answer.

        Raises `ProviderRefused` for a definite refusal, `NotSent` if nothing was asked, and
        `NoAnswer` if it is unknown what the provider has done.
        """
        address = path if path.startswith("http") else self.remote.base_url.rstrip("/") + path
        try:
            answer = client().request(
                method,
                address,
                content=content,
                headers=self.headers | dict(headers or {}),
                seconds=SECONDS,
                most_bytes=most_bytes,
            )
        except (NotConnected, DestinationRefused) as error:
            raise NotSent(self.cleaned(str(error))) from None
        except RequestFailed as error:
            raise NoAnswer(self.cleaned(str(error))) from None
        return self._read(answer)

    def cleaned(self, text: str) -> str:
        """Return a text without the key, which some providers repeat."""
        return without(text, [self.key.secret])[:_LONGEST]

    def _read(self, answer: Answer) -> Any:
        body = _json(answer.body) if answer.body else {}
        if answer.status in _UNDECIDED:
            raise NoAnswer(f"the provider answered {answer.status}")
        if not 200 <= answer.status < 300:
            raise self._refused(answer, body)
        if body is None:
            raise NoAnswer("the answer is not JSON")
        return body

    def _refused(self, answer: Answer, body: Any) -> ProviderRefused:
        said = self.cleaned(message_of(body) or f"the provider answered {answer.status}")
        cause = self._classify(answer.status, body)
        if cause is None and answer.status in (400, 403, 422):
            cause = cause_of_text(said)
        if cause is None:
            cause = _CAUSES.get(answer.status)
        if cause is None:
            cause = Cause.SERVER if answer.status >= 500 else Cause.INPUT
        return ProviderRefused(
            cause, said, status=answer.status, retry_after=retry_after(answer.headers)
        )


def message_of(body: Any) -> str:
    """Find the sentence of an error answer, in the places where providers put it."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(message_of, body[:3])))
    if not isinstance(body, dict):
        return ""
    for name in ("message", "msg", "detail", "error", "title", "failure", "reason"):
        found = message_of(body.get(name))
        if found:
            return found
    return ""


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields of a request that say something: services refuse empty ones.

    >>> given(resolution="", seed=0, image=None)
    {'seed': 0}
    """
    return {name: value for name, value in fields.items() if value not in ("", None)}


def text(body: Any, *path: str | int) -> str:
    """Return a text at a place of an answer; raise `NoAnswer` if there is none."""
    found = at(body, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not found:
        raise NoAnswer(f"the answer has no {'.'.join(map(str, path))}")
    return found


def at(body: Any, *path: str | int) -> Any:
    """Return what lies at a place of an answer; None if nothing does."""
    for step in path:
        if isinstance(step, int):
            body = body[step] if isinstance(body, list) and len(body) > step else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
