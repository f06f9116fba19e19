"""Kling's API 2.0: one bearer key, the model in the path, one list of tasks.

Its answers are envelopes `{code, message, data}`, also with the status 200.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, ProviderRefused, Status
from gpu_worker.providers.connection import Connection, at, cause_of_text, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote

_LIMITS: Final = (1302, 1303)
"""Too many requests, too many tasks: worth another try."""
_ACCOUNT: Final = (1000, 1001, 1002, 1003, 1004, 1100, 1101, 1102, 1103, 1304)
"""The key, the account, its arrears, its spent resources, an address that is not allowed."""
_MODERATION: Final = (1301,)
_INPUT: Final = (1200, 1201, 1202, 1203)
_STATES: Final = {
    "submitted": Outcome.WAITING,
    "processing": Outcome.RUNNING,
    "succeed": Outcome.READY,
    "succeeded": Outcome.READY,
    "failed": Outcome.FAILED,
    "cancelled": Outcome.CANCELLED,
}


def classify(_status: int, body: Any) -> Cause | None:
    """Read the code of an envelope.

    >>> classify(429, {"code": 1302}), classify(429, {"code": 1102}), classify(200, {"code": 0})
    (<Cause.LIMIT: 'limit'>, <Cause.KEY: 'key'>, None)
    """
    code = at(body, "code")
    for codes, cause in (
        (_LIMITS, Cause.LIMIT),
        (_ACCOUNT, Cause.KEY),
        (_MODERATION, Cause.MODERATION),
        (_INPUT, Cause.INPUT),
    ):
        if code in codes:
            return cause
    return None


class Kling:
    """The tasks of one key."""

    can_find = True
    polls_many = True

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        headers = {"Authorization": f"Bearer {key.secret}"}
        self._at = Connection(remote, key, headers, classify)
        self._model = remote.model

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:
        contents: list[dict[str, Any]] = [{"type": "prompt", "text": order.prompt}]
        if order.negative_prompt:
            contents.append({"type": "negative_prompt", "text": order.negative_prompt})
        for kind, frame in (("first_frame", frames.first), ("last_frame", frames.last)):
            if frame is not None:
                contents.append({"type": kind, "image": frame.base64})
        settings: dict[str, Any] = {
            "duration": round(order.seconds),
            "aspect_ratio": order.ratio,
            "sound": "on" if order.audio else "off",
        }
        if order.resolution:
            settings["resolution"] = order.resolution
        body = {
            "contents": contents,
            "settings": settings,
            "options": {"external_task_id": call_id},
        }
        kind = "image-to-video" if frames.first is not None else "text-to-video"
        made = self._opened(self._at.post(f"/{kind}/{self._model}", body))
        return Created(_id(made), made)

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        answer = self._opened(self._at.get("/tasks", task_ids=",".join(task_ids)))
        listed = answer if isinstance(answer, list) else at(answer, "tasks") or [answer]
        return {_id(task): self._status(task) for task in listed if isinstance(task, dict)}

    def _status(self, task: Any) -> Status:
        state = at(task, "status") or at(task, "task_status")
        outcome = _STATES.get(str(state), Outcome.WAITING)
        said = str(at(task, "message") or at(task, "task_status_msg") or "")
        outputs = at(task, "outputs") or at(task, "task_result", "videos") or []
        failed = outcome is Outcome.FAILED
        return Status(
            outcome,
            urls=tuple(url for one in outputs if isinstance(url := at(one, "url"), str)),
            cause=(cause_of_text(said) or Cause.SERVER) if failed else None,
            said=self._at.cleaned(said),
            manifest=task,
        )

    def cancel(self, task_id: str) -> None:
        """Do nothing: no way to cancel a task is known."""

    def find(self, purchase: Purchase) -> Created | None:
        """Find a task by our own id, which went along."""
        answer = self._opened(self._at.get("/tasks", external_task_ids=purchase.call_id))
        listed = answer if isinstance(answer, list) else at(answer, "tasks") or []
        for task in listed:
            if at(task, "external_task_id") == purchase.call_id:
                return Created(_id(task), task)
        return None

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  its links are signed
        return {}

    def check(self) -> str:
        self._opened(self._at.get("/tasks", task_ids="none"))
        return "tasks can be listed"

    def _opened(self, envelope: Any) -> Any:
        code = at(envelope, "code")
        if code not in (0, None):
            said = self._at.cleaned(str(at(envelope, "message") or f"code {code}"))
            raise ProviderRefused(classify(200, envelope) or Cause.SERVER, said)
        return at(envelope, "data")


def _id(task: Any) -> str:
    return text(task, "id") if at(task, "id") is not None else text(task, "task_id")


def open_wire(remote: Remote, key: ProviderKey) -> Kling:
    return Kling(remote, key)
