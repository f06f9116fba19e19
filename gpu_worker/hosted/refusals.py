"""Convert error responses of external services to errors of the product.

An engine converts the exceptions of its SDK to `Refused`; the rest is the same for all engines. API
keys are removed from every message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tasks.domain.errors import ProviderUnavailable

_LONGEST_MESSAGE = 500
_SECONDS = re.compile(r"^\s*(\d+(?:\.\d+)?)s?\s*$")


class Refused(Exception):
    """An error response: its HTTP status, its message, and when to retry."""

    def __init__(self, status: int, said: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status
        self.said = said
        self.retry_after = retry_after

    @property
    def of_the_key(self) -> bool:
        """Return whether another key may help: this one is unknown, used up or rate limited."""
        return self.status in (401, 402, 403, 429)


def seconds(text: str | None) -> float | None:
    """Parse the seconds of `Retry-After` or of Google's `retryDelay`; None for a date.

    >>> seconds("7s"), seconds("20"), seconds("Wed, 21 Oct 2026 07:28:00 GMT")
    (7.0, 20.0, None)
    """
    found = _SECONDS.match(text or "")
    return float(found[1]) if found else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    return seconds(headers.get("retry-after"))


def unavailable(provider: str, refused: Refused, keys: Iterable[str]) -> ProviderUnavailable:
    """Return the error for a service that refused a request."""
    details = {
        "provider": provider,
        "status": refused.status,
        "retry_after": refused.retry_after,
        "said": without(refused.said, keys)[:_LONGEST_MESSAGE],
    }
    return ProviderUnavailable(_SENTENCES.get(refused.status), **details)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return the text without secrets: some services repeat the key that they reject."""
    for secret in secrets:
        text = text.replace(secret, "...") if secret else text
    return text


_KEY_REJECTED = "The external service rejected the API key. Contact the operator."
_SENTENCES = {
    401: _KEY_REJECTED,
    402: "The account of the external service has no credit left. Contact the operator.",
    403: _KEY_REJECTED,
    429: "The external service is busy. The stage will be retried.",
}
