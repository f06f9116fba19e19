"""fal's queue: a request of a model, its state, and its result under another address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, ProviderRefused, Status
from gpu_worker.providers.connection import Connection, at, given, number, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote

_STATES: Final = {"IN_QUEUE": Outcome.WAITING, "IN_PROGRESS": Outcome.RUNNING}


class Fal:
    """The requests of one key."""

    can_find = False
    polls_many = False

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        self._at = Connection(remote, key, {"Authorization": f"Key {key.secret}"})
        self._model = remote.model.strip("/")
        self._app = "/".join(self._model.split("/")[:2])
        """States and results have the address of the application, without the model's path."""

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        body = given(
            prompt=order.prompt,
            aspect_ratio=order.ratio,
            duration=round(order.seconds),
            negative_prompt=order.negative_prompt,
            resolution=order.resolution,
            image_url=None if frames.first is None else frames.first.data_url,
            end_image_url=None if frames.last is None else frames.last.data_url,
            seed=order.seed,
        )
        made = self._at.post(f"/{self._model}", body)
        return Created(text(made, "request_id"), made)

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        return {task_id: self._status(task_id) for task_id in task_ids}

    def _status(self, task_id: str) -> Status:
        place = f"/{self._app}/requests/{task_id}"
        told = self._at.get(f"{place}/status")
        state = text(told, "status")
        if state != "COMPLETED":
            position = number(at(told, "queue_position"))
            return Status(
                _STATES.get(state, Outcome.WAITING),
                place=None if position is None else int(position),
                manifest=told,
            )
        try:
            made = self._at.get(place)
        except ProviderRefused as refused:
            if refused.cause not in (Cause.INPUT, Cause.MODERATION):
                raise  # the task may exist; the request is repeated later
            return Status(Outcome.FAILED, cause=refused.cause, said=refused.said, manifest=told)
        url = at(made, "video", "url") or at(made, "videos", 0, "url")
        urls = (url,) if isinstance(url, str) else ()
        return Status(Outcome.READY, urls=urls, manifest=made)

    def cancel(self, task_id: str) -> None:
        self._at.ask("PUT", f"/{self._app}/requests/{task_id}/cancel")

    def find(self, purchase: Purchase) -> Created | None:  # noqa: ARG002  it has no list
        return None

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  its links are public
        return {}

    def check(self) -> str:
        """Ask for a request that does not exist: only a good key learns that."""
        try:
            self._at.get(f"/{self._app}/requests/00000000-0000-0000-0000-000000000000/status")
        except ProviderRefused as refused:
            if refused.cause is not Cause.LOST:
                raise
        return "the key is accepted"


def open_wire(remote: Remote, key: ProviderKey) -> Fal:
    return Fal(remote, key)
