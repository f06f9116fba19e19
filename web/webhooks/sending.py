"""Send one message, and say what came of it. Knows no database."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tasks.outbound.client import GuardedClient, RequestFailed
from tasks.outbound.destinations import DestinationRefused
from web.webhooks import signing

SECONDS: Final = 15.0
_AGENT: Final = "Callsheet-Webhooks/1"
_DISABLE: Final = "disable"
_GONE: Final = 410
_LONGEST_PAUSE: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is about to be sent."""

    delivery_id: str
    webhook_id: str
    url: str
    secrets: tuple[str, ...]
    event_id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt."""

    message: Message
    at: datetime
    seconds: float
    status: int | None = None
    answer: str = ""
    """The first KB of the body."""
    error: str = ""
    """Why there was no answer."""
    disable: str | None = None
    """Why the receiver wants no more messages: `gone` or `asked`."""
    retry_after: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def was_slow(self) -> bool:
        return self.seconds > 1.0


def send(client: GuardedClient, message: Message) -> Outcome:
    """Make one attempt."""
    body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
    at, began = datetime.now(UTC), time.monotonic()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        **signing.headers(message.secrets, message.event_id, body, at),
    }
    try:
        answer = client.request(
            "POST", message.url, content=body.encode(), headers=headers, seconds=SECONDS
        )
    except (RequestFailed, DestinationRefused) as error:
        return Outcome(message, at, time.monotonic() - began, error=str(error))
    text = answer.body.decode("utf-8", "replace").replace("\0", "\ufffd")
    return Outcome(
        message,
        at,
        answer.seconds,
        status=answer.status,
        answer=text,
        disable=_disable(answer.status, answer.headers.get("webhook-delivery", "")),
        retry_after=_retry_after(answer.headers.get("retry-after", "")),
    )


def _disable(status: int, wish: str) -> str | None:
    if status == _GONE:
        return "gone"
    return "asked" if wish.strip().lower() == _DISABLE else None


def _retry_after(value: str) -> float:
    """Read a pause in seconds; a date is not waited for."""
    return min(float(value), _LONGEST_PAUSE) if value.isascii() and value.isdigit() else 0.0
