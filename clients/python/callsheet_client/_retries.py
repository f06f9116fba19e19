"""When a request is sent again, and after how many seconds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time

import httpx

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_OF_GATEWAYS = frozenset({502, 504})
_FIRST_SECONDS, _MOST_SECONDS = 0.25, 8.0


@dataclass(frozen=True)
class Retries:
    """How often a client tries, and the longest `Retry-After` that it waits for."""

    most: int
    longest_wait: float

    def after_answer(self, request: httpx.Request, answer: httpx.Response, n: int) -> float | None:
        """Return the seconds to wait before attempt `n` + 1; None if the answer is final."""
        if answer.is_success or n >= self.most:
            return None
        asked = retry_after(answer)
        if asked is not None:  # refused before anything was done
            return asked if asked <= self.longest_wait else None
        return backoff(n) if answer.status_code in _OF_GATEWAYS and _repeatable(request) else None

    def after_failure(self, request: httpx.Request, error: Exception, n: int) -> float | None:
        """Return the same for a connection that failed; what was not sent may be sent again."""
        unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        return backoff(n) if n < self.most and (unsent or _repeatable(request)) else None


def backoff(n: int) -> float:
    """Return a random delay that doubles with each failure."""
    seconds: float = min(_FIRST_SECONDS * 2**n, _MOST_SECONDS)
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311


def retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds of `Retry-After`, which may also be a date."""
    text = answer.headers.get("Retry-After", "")
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time()) if text else None
    except ValueError:
        return None


def _repeatable(request: httpx.Request) -> bool:
    return request.method in _IDEMPOTENT or "Idempotency-Key" in request.headers
