"""What providers answer, and the errors that their wires raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tasks.domain.hosted import Cause, Outcome


class ProviderRefused(Exception):
    """A definite answer: the provider has not done what was asked."""

    def __init__(
        self, cause: Cause, said: str, *, status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{status}: {said}")
        self.cause = cause
        self.said = said
        self.status = status
        self.retry_after = retry_after


class NotSent(Exception):
    """No connection could be made, so nothing was asked."""


class NoAnswer(Exception):
    """No usable answer came: what was asked may have been done."""


@dataclass(frozen=True, slots=True)
class Created:
    """A task that was created."""

    task_id: str
    manifest: dict[str, Any]
    cost: float | None = None
    """US dollars, where the provider tells."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a provider says of a task."""

    outcome: Outcome
    progress: float | None = None
    place: int | None = None
    throttled: bool = False
    urls: tuple[str, ...] = ()
    cause: Cause | None = None
    said: str = ""
    manifest: dict[str, Any] | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture that the clip begins or ends with."""

    data: bytes
    media_type: str

    @property
    def data_url(self) -> str:
        return f"data:{self.media_type};base64,{self.base64}"

    @property
    def base64(self) -> str:
        import base64

        return base64.b64encode(self.data).decode()


@dataclass(frozen=True, slots=True)
class Frames:
    first: Frame | None = None
    last: Frame | None = None
