"""What a service outside said instead of an answer, and which error of ours that is.

An engine turns the exceptions of its SDK into `RequestRefused`; everything after that is the
same for all of them. Keys never leave this module: they are cut out of what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tasks.domain.errors import ProviderUnavailable

_LONGEST_WORDS = 500
_SECONDS = re.compile(r"^\s*(\d+(?:\.\d+)?)s?\s*$")


class Refused(Exception):
    """No answer: the HTTP status, what was said, and when to come again."""

    def __init__(self, status: int, said: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status
        self.said = said
        self.retry_after = retry_after

    @property
    def of_the_key(self) -> bool:
        """Another key may be let in: this one is unknown, spent, or asked too often."""
        return self.status in (401, 402, 403, 429)


def seconds(text: str | None) -> float | None:
    """How long `Retry-After` or Google's `retryDelay` ask for; dates are not worth a parser.

    >>> seconds("7s"), seconds("20"), seconds("Wed, 21 Oct 2026 07:28:00 GMT")
    (7.0, 20.0, None)
    """
    found = _SECONDS.match(text or "")
    return float(found[1]) if found else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    return seconds(headers.get("retry-after"))


def unavailable(provider: str, refused: Refused, keys: Iterable[str]) -> ProviderUnavailable:
    """The error of ours for a service that would not answer now."""
    details = {
        "provider": provider,
        "status": refused.status,
        "retry_after": refused.retry_after,
        "said": without(refused.said, keys)[:_LONGEST_WORDS],
    }
    return ProviderUnavailable(_SENTENCES.get(refused.status), **details)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret cut out: some services repeat the key they refuse."""
    for secret in secrets:
        text = text.replace(secret, "...") if secret else text
    return text


_ASK_THE_OPERATOR = "The external service rejected the API key. Contact the operator."
_SENTENCES = {
    401: _ASK_THE_OPERATOR,
    402: "The account of the external service has no credit left. Contact the operator.",
    403: _ASK_THE_OPERATOR,
    429: "The external service is busy. The stage will be retried.",
}
