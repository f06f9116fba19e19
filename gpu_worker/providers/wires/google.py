"""Google: Veo by long-running operations, Gemini Omni by interactions.

The path of interactions differs between versions of Google's package; the base URL of the
registry decides, and this wire speaks the newer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, Status
from gpu_worker.providers.connection import Connection, at, cause_of_text, text
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote

MOST_BYTES: Final = 48 * 1024 * 1024
"""Of an answer that may contain a short video."""
_STATES: Final = {
    "in_progress": Outcome.RUNNING,
    "queued": Outcome.WAITING,
    "completed": Outcome.READY,
    "failed": Outcome.FAILED,
    "cancelled": Outcome.CANCELLED,
    "incomplete": Outcome.FAILED,
}


class Veo:
    """The operations of one key."""

    can_find = False
    polls_many = False

    def __init__(self, remote: Remote, key: ProviderKey) -> None:
        self._headers = {"x-goog-api-key": key.secret}
        self._at = Connection(remote, key, self._headers)
        self._base, self._model = remote.base_url.rstrip("/"), remote.model

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        instance: dict[str, Any] = {"prompt": order.prompt}
        for name, frame in (("image", frames.first), ("lastFrame", frames.last)):
            if frame is not None:
                instance[name] = {"bytesBase64Encoded": frame.base64, "mimeType": frame.media_type}
        parameters: dict[str, Any] = {
            "aspectRatio": order.ratio,
            "durationSeconds": round(order.seconds),
            "sampleCount": 1,
        }
        optional = {
            "resolution": order.resolution,
            "negativePrompt": order.negative_prompt,
            "seed": order.seed,
        }
        parameters |= {name: value for name, value in optional.items() if value not in ("", None)}
        body = {"instances": [instance], "parameters": parameters}
        made = self._at.post(f"/v1beta/models/{self._model}:predictLongRunning", body)
        return Created(text(made, "name"), made)

    def poll(self, task_ids: Sequence[str]) -> dict[str, Status]:
        return {task_id: self._status(task_id) for task_id in task_ids}

    def _status(self, task_id: str) -> Status:
        task = self._at.get(f"/v1beta/{task_id}")
        if not at(task, "done"):
            return Status(Outcome.RUNNING, manifest=task)
        answer = at(task, "response", "generateVideoResponse")
        uri = at(answer, "generatedSamples", 0, "video", "uri")
        if isinstance(uri, str):
            return Status(Outcome.READY, urls=(uri,), manifest=task)
        filtered = at(answer, "raiMediaFilteredReasons", 0)
        said = str(at(task, "error", "message") or filtered or "")
        if not said:
            return Status(Outcome.READY, manifest=task)  # without a video, which is billed
        cause = Cause.MODERATION if filtered else cause_of_text(said) or Cause.SERVER
        return Status(Outcome.FAILED, cause=cause, said=self._at.cleaned(said), manifest=task)

    def cancel(self, task_id: str) -> None:
        """Do nothing: operations of Veo cannot be cancelled with a key."""

    def find(self, purchase: Purchase) -> Created | None:  # noqa: ARG002  it has no list
        return None

    def file_headers(self, url: str) -> dict[str, str]:  # noqa: ARG002  files need the key
        return self._headers

    def check(self) -> str:
        return str(at(self._at.get(f"/v1beta/models/{self._model}"), "displayName") or "")


class Omni(Veo):
    """The interactions of one key: a request in the background, and its state."""

    def submit(self, call_id: str, order: ClipOrder, frames: Frames) -> Created:  # noqa: ARG002
        given: list[dict[str, Any]] = [{"type": "text", "text": order.prompt}]
        if frames.first is not None:
            given.append(
                {
                    "type": "image",
                    "data": frames.first.base64,
                    "mime_type": frames.first.media_type,
                }
            )
        video: dict[str, Any] = {
            "duration_seconds": round(order.seconds),
            "aspect_ratio": order.ratio,
        }
        if order.resolution:
            video["resolution"] = order.resolution
        body = {
            "model": self._model,
            "input": given,
            "background": True,
            "response_modalities": ["video"],
            "generation_config": {"video_config": video},
        }
        if order.draft_task:  # the draft becomes the clip, and not another one
            body["previous_interaction_id"] = order.draft_task
        made = self._at.post("/v1/interactions", body)
        return Created(text(made, "id"), _without_media(made))

    def _status(self, task_id: str) -> Status:
        path = f"/v1/interactions/{task_id}"
        task = self._at.get(path, most_bytes=MOST_BYTES)
        outcome = _STATES.get(text(task, "status"), Outcome.RUNNING)
        urls = tuple(_videos(task, f"{self._base}{path}"))
        said = str(at(task, "error", "message") or "")
        failed = outcome is Outcome.FAILED
        return Status(
            outcome,
            urls=urls,
            cause=(cause_of_text(said) or Cause.SERVER) if failed else None,
            said=self._at.cleaned(said),
            manifest=_without_media(task),
        )

    def cancel(self, task_id: str) -> None:
        self._at.post(f"/v1/interactions/{task_id}/cancel", {})


def _videos(task: Any, own: str) -> list[str]:
    """Return links to the videos; for one inside the answer, the address of the answer itself."""
    outputs = at(task, "outputs")
    found = []
    for output in outputs if isinstance(outputs, list) else []:
        uri = at(output, "uri")
        if at(output, "type") == "video":
            found.append(uri if isinstance(uri, str) else own)
    return found


def _without_media(task: Any) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name not in ("outputs", "input")}


def open_wire(remote: Remote, key: ProviderKey) -> Veo:
    return Omni(remote, key) if "omni" in remote.model else Veo(remote, key)
