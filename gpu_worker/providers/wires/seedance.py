"""Seedance: the tasks of ByteDance's Ark, inside and outside China."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, Status
from gpu_worker.providers.connection import Connection, at, cause_of_text, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote

_STATES: Final = {
    "queued": Outcome.WAITING,
    "running": Outcome.RUNNING,
    "succeeded": Outcome.READY,
    "failed": Outcome.FAILED,
    "cancelled": Outcome.CANCELLED,
    "expired": Outcome.GONE,
}
_TASKS: Final = "/contents/generations/tasks"


class Seedance:
    """The tasks of one key."""

    can_find = False
    """Its list has neither prompts nor ids of ours."""
    polls_many = False

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        self._at = Connection(remote, key, {"Authorization": f"Bearer {key.secret}"})
        self._model = remote.model

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        content: list[dict[str, Any]] = [{"type": "text", "text": order.prompt}]
        for role, frame in (("first_frame", frames.first), ("last_frame", frames.last)):
            if frame is not None:
                url = {"url": frame.data_url}
                content.append({"type": "image_url", "image_url": url, "role": role})
        body: dict[str, Any] = {
            "model": self._model,
            "content": content,
            "ratio": order.ratio,
            "duration": round(order.seconds),
            "watermark": False,
        }
        if order.resolution:
            body["resolution"] = order.resolution
        if order.seed is not None:
            body["seed"] = order.seed
        made = self._at.post(_TASKS, body)
        return Created(text(made, "id"), made)

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        return {task_id: self._status(task_id) for task_id in task_ids}

    def _status(self, task_id: str) -> Status:
        task = self._at.get(f"{_TASKS}/{task_id}")
        outcome = _STATES.get(text(task, "status"), Outcome.WAITING)
        url = at(task, "content", "video_url")
        said = str(at(task, "error", "message") or "")
        code = str(at(task, "error", "code") or "")
        failed = outcome is Outcome.FAILED
        return Status(
            outcome,
            urls=(url,) if isinstance(url, str) else (),
            cause=(cause_of_text(f"{code} {said}") or Cause.SERVER) if failed else None,
            said=self._at.cleaned(said),
            manifest=task,
        )

    def cancel(self, task_id: str) -> None:
        self._at.ask("DELETE", f"{_TASKS}/{task_id}")

    def find(self, purchase: Purchase) -> Created | None:  # noqa: ARG002
        return None

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  its links are signed
        return {}

    def check(self) -> str:
        self._at.get(_TASKS, page_size="1")
        return "tasks can be listed"


def open_wire(remote: Remote, key: ProviderKey) -> Seedance:
    return Seedance(remote, key)
