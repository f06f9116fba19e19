"""Runway: its own models and those that it passes on, by one list of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, Status
from gpu_worker.providers.connection import Connection, at, number, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote

VERSION: Final = "2024-11-06"
_STATES: Final = {
    "PENDING": Outcome.WAITING,
    "THROTTLED": Outcome.WAITING,
    "RUNNING": Outcome.RUNNING,
    "SUCCEEDED": Outcome.READY,
    "FAILED": Outcome.FAILED,
    "CANCELLED": Outcome.CANCELLED,
}
_RATIOS: Final = {
    "16:9": "1280:720",
    "9:16": "720:1280",
    "1:1": "960:960",
    "4:3": "1104:832",
    "3:4": "832:1104",
    "21:9": "1584:672",
}
_RATIOS_OF: Final = {
    "seedance2_5": {"4:3": "1112:834", "3:4": "834:1112", "21:9": "1470:630"},
}
"""Where a model names its sizes otherwise than the others do."""
CREDIT: Final = 0.01
"""US dollars that a credit costs, which is what answers name costs in."""


class Runway:
    """The tasks of one key."""

    can_find = False
    polls_many = False

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        headers = {"Authorization": f"Bearer {key.secret}", "X-Runway-Version": VERSION}
        self._at = Connection(remote, key, headers)
        self._model = remote.model

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        body: dict[str, Any] = {
            "model": self._model,
            "promptText": order.prompt,
            "duration": round(order.seconds),
            "ratio": (_RATIOS | _RATIOS_OF.get(self._model, {})).get(order.ratio, order.ratio),
        }
        if order.seed is not None:
            body["seed"] = order.seed
        pictures = [
            {"uri": frame.data_url, "position": position}
            for frame, position in ((frames.first, "first"), (frames.last, "last"))
            if frame is not None
        ]
        if pictures:
            body["promptImage"] = pictures
        made = self._at.post("/v1/image_to_video" if pictures else "/v1/text_to_video", body)
        return Created(text(made, "id"), made, _dollars(at(made, "estimatedCost")))

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        return {task_id: self._status(task_id) for task_id in task_ids}

    def _status(self, task_id: str) -> Status:
        task = self._at.get(f"/v1/tasks/{task_id}")
        state = text(task, "status")
        outcome = _STATES.get(state, Outcome.WAITING)
        urls = tuple(url for url in at(task, "output") or () if isinstance(url, str))
        failed = outcome is Outcome.FAILED
        return Status(
            outcome,
            progress=number(at(task, "progress")),
            throttled=state == "THROTTLED",
            urls=urls,
            cause=_cause(str(at(task, "failureCode") or "")) if failed else None,
            said=self._at.cleaned(str(at(task, "failure") or "")) if failed else "",
            manifest=task,
            cost=_dollars(at(task, "cost")),
        )

    def cancel(self, task_id: str) -> None:
        self._at.ask("DELETE", f"/v1/tasks/{task_id}")

    def find(self, purchase: Purchase) -> Created | None:  # noqa: ARG002  it has no list of tasks
        return None

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  its links are signed
        return {}

    def check(self) -> str:
        credits_left = number(at(self._at.get("/v1/organization"), "creditBalance"))
        return "" if credits_left is None else f"{credits_left:g} credits left"


def _dollars(cost: Any) -> float | None:
    """Return what a number of credits costs.

    >>> _dollars({"credits": 60}), _dollars(None)
    (0.6, None)
    """
    credits_spent = number(at(cost, "credits"))
    return None if credits_spent is None else round(credits_spent * CREDIT, 6)


def _cause(code: str) -> Cause:
    """Read a failure code such as `SAFETY.INPUT.TEXT` or `INTERNAL.BAD_OUTPUT.CODE01`."""
    if code.startswith("SAFETY") or "SAFETY" in code:
        return Cause.MODERATION
    return Cause.INPUT if code.startswith(("INPUT", "ASSET")) else Cause.SERVER


def open_wire(remote: Remote, key: ProviderKey) -> Runway:
    return Runway(remote, key)
