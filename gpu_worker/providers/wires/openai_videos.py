"""The videos API that OpenAI has closed and that other servers still speak."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frame, Frames, Status
from gpu_worker.providers.connection import Connection, at, cause_of_text, number, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote, frame_size

_STATES: Final = {
    "queued": Outcome.WAITING,
    "in_progress": Outcome.RUNNING,
    "completed": Outcome.READY,
    "failed": Outcome.FAILED,
    "cancelled": Outcome.CANCELLED,
}
_CLOCKS_APART: Final = 60.0
"""Seconds by which the provider's clock may be off."""


class OpenAIVideos:
    """The tasks of one key."""

    can_find = True
    polls_many = False

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        self._headers = {"Authorization": f"Bearer {key.secret}"}
        self._at = Connection(remote, key, self._headers)
        self._base, self._model = remote.base_url.rstrip("/"), remote.model

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        width, height = frame_size(order.ratio, order.resolution)
        fields = {
            "prompt": order.prompt,
            "model": self._model,
            "seconds": str(round(order.seconds)),
            "size": f"{width}x{height}",
        }
        body, media_type = multipart(fields, {"input_reference": frames.first})
        made = self._at.ask("POST", "/v1/videos", body, {"Content-Type": media_type})
        return Created(text(made, "id"), made)

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        return {task_id: self._status(task_id) for task_id in task_ids}

    def _status(self, task_id: str) -> Status:
        task = self._at.get(f"/v1/videos/{task_id}")
        outcome = _STATES.get(text(task, "status"), Outcome.WAITING)
        progress = number(at(task, "progress"))
        said = str(at(task, "error", "message") or "")
        code = str(at(task, "error", "code") or "")
        return Status(
            outcome,
            progress=None if progress is None else progress / 100,
            urls=(f"{self._base}/v1/videos/{task_id}/content",),
            cause=(cause_of_text(f"{code} {said}") or Cause.SERVER)
            if outcome is Outcome.FAILED
            else None,
            said=self._at.cleaned(said),
            manifest=task,
        )

    def cancel(self, task_id: str) -> None:
        self._at.ask("DELETE", f"/v1/videos/{task_id}")

    def find(self, purchase: Purchase) -> Created | None:
        """Find the one new task with this prompt and model that no other call has."""
        listed = at(self._at.get("/v1/videos", limit="100", order="desc"), "data") or []
        return only_match(listed, purchase, "prompt")

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  every file needs the key
        return self._headers

    def check(self) -> str:
        listed = at(self._at.get("/v1/videos", limit="1"), "data")
        return "" if listed is None else "videos can be listed"


def only_match(listed: Sequence[Any], purchase: Purchase, *prompt: str) -> Created | None:
    """Return the only listed task that can be this purchase; two are one too many to tell."""
    found = [
        task
        for task in listed
        if at(task, *prompt) == purchase.order.prompt
        and at(task, "model") in (None, purchase.remote.model)
        and at(task, "id") not in purchase.known_tasks
        and (number(at(task, "created_at")) or purchase.since) >= purchase.since - _CLOCKS_APART
    ]
    return Created(text(found[0], "id"), found[0]) if len(found) == 1 else None


def multipart(fields: Mapping[str, str], files: Mapping[str, Frame | None]) -> tuple[bytes, str]:
    """Encode a form with files; return the body and its media type."""
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in fields.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts += [head.encode(), value.encode(), b"\r\n"]
    for name, frame in files.items():
        if frame is not None:
            suffix = frame.media_type.rpartition("/")[2]
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
                f'filename="{name}.{suffix}"\r\nContent-Type: {frame.media_type}\r\n\r\n'
            )
            parts += [head.encode(), frame.data, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def open_wire(remote: Remote, key: ProviderKey) -> OpenAIVideos:
    return OpenAIVideos(remote, key)
