"""Replicate: predictions of a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, Status
from gpu_worker.providers.connection import Connection, at, cause_of_text, given, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote

_STATES: Final = {
    "starting": Outcome.WAITING,
    "processing": Outcome.RUNNING,
    "succeeded": Outcome.READY,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELLED,
    "aborted": Outcome.CANCELLED,
}
_CLOCKS_APART: Final = 60.0


class Replicate:
    """The predictions of one key."""

    can_find = True
    polls_many = False

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        self._at = Connection(remote, key, {"Authorization": f"Bearer {key.secret}"})
        self._model = remote.model

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        wanted = given(
            prompt=order.prompt,
            aspect_ratio=order.ratio,
            duration=round(order.seconds),
            negative_prompt=order.negative_prompt,
            resolution=order.resolution,
            image=None if frames.first is None else frames.first.data_url,
            last_image=None if frames.last is None else frames.last.data_url,
            seed=order.seed,
        )
        name, _, version = self._model.partition(":")
        if version:
            made = self._at.post("/v1/predictions", {"version": version, "input": wanted})
        else:
            made = self._at.post(f"/v1/models/{name}/predictions", {"input": wanted})
        return Created(text(made, "id"), _without_pictures(made))

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        return {task_id: self._status(task_id) for task_id in task_ids}

    def _status(self, task_id: str) -> Status:
        task = self._at.get(f"/v1/predictions/{task_id}")
        outcome = _STATES.get(text(task, "status"), Outcome.WAITING)
        output = at(task, "output")
        urls = output if isinstance(output, list) else [output]
        said = str(at(task, "error") or "")
        failed = outcome is Outcome.FAILED
        return Status(
            outcome,
            urls=tuple(url for url in urls if isinstance(url, str)),
            cause=(cause_of_text(said) or Cause.SERVER) if failed else None,
            said=self._at.cleaned(said),
            manifest=_without_pictures(task),
        )

    def cancel(self, task_id: str) -> None:
        self._at.ask("POST", f"/v1/predictions/{task_id}/cancel")

    def find(self, purchase: Purchase) -> Created | None:
        """Find the only new prediction that no other call has, as the list shows it."""
        listed = at(self._at.get("/v1/predictions"), "results") or []
        found = [task for task in listed if _may_be(task, purchase)]
        return Created(text(found[0], "id"), found[0]) if len(found) == 1 else None

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  its links are public
        return {}

    def check(self) -> str:
        return str(at(self._at.get("/v1/account"), "username") or "")


def _may_be(task: Any, purchase: Purchase) -> bool:
    prompt = at(task, "input", "prompt")
    return (
        prompt == purchase.order.prompt
        and at(task, "id") not in purchase.known_tasks
        and _time(at(task, "created_at")) >= purchase.since - _CLOCKS_APART
    )


def _time(text_of_time: Any) -> float:
    try:
        return datetime.fromisoformat(str(text_of_time)).timestamp()
    except ValueError:
        return 0.0


def _without_pictures(task: Any) -> dict[str, Any]:
    """Leave out the input, which repeats the pictures."""
    return {name: value for name, value in task.items() if name not in ("input", "logs")}


def open_wire(remote: Remote, key: ProviderKey) -> Replicate:
    return Replicate(remote, key)
