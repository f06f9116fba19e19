"""Google: Veo by long-running operations, Gemini Omni by interactions.

Google's package asks for interactions under `/v1beta` in version 2 and under `/v1` in version 3,
with the same bodies. This wire asks under `/v1`, and under `/v1beta` where that does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Created, Frames, ProviderRefused, Status
from gpu_worker.providers.connection import Connection, at, cause_of_text, given, text
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
    "budget_exceeded": Outcome.FAILED,
}
_INTERACTIONS: Final = ("/v1/interactions", "/v1beta/interactions")
_NOT_FOUND: Final = 404


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
        # A seed is not taken with a key of the Gemini API.
        parameters |= given(resolution=order.resolution, negativePrompt=order.negative_prompt)
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
        shown: list[dict[str, Any]] = [{"type": "text", "text": order.prompt}]
        if frames.first is not None:
            shown.append(
                {
                    "type": "image",
                    "data": frames.first.base64,
                    "mime_type": frames.first.media_type,
                }
            )
        video = {
            "type": "video",
            "aspect_ratio": order.ratio,
            "duration": f"{round(order.seconds)}s",
            "delivery": "uri",
        }
        body = given(
            model=self._model,
            input=[{"type": "user_input", "content": shown}],
            background=True,
            store=True,
            response_format=video | given(resolution=order.resolution),
            previous_interaction_id=order.draft_task,  # the draft becomes the clip itself
        )
        _, made = self._asked("POST", "", body)
        return Created(text(made, "id"), _without_media(made))

    def _status(self, task_id: str) -> Status:
        path, task = self._asked("GET", f"/{task_id}")
        outcome = _STATES.get(text(task, "status"), Outcome.RUNNING)
        said = _errors_of(task)
        failed = outcome is Outcome.FAILED
        return Status(
            outcome,
            urls=tuple(_videos(task, f"{self._base}{path}")),
            cause=(cause_of_text(said) or Cause.SERVER) if failed else None,
            said=self._at.cleaned(said),
            manifest=_without_media(task),
        )

    def cancel(self, task_id: str) -> None:
        self._asked("POST", f"/{task_id}/cancel")

    def _asked(self, method: str, path: str, body: Any = None) -> tuple[str, Any]:
        """Return the path under which interactions are found, and the answer.

        A 404 is definite: nothing was created under that path.
        """
        content = b"" if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        first, other = (f"{one}{path}" for one in _INTERACTIONS)
        try:
            return first, self._at.ask(method, first, content, headers, most_bytes=MOST_BYTES)
        except ProviderRefused as refused:
            if refused.status != _NOT_FOUND:
                raise
        return other, self._at.ask(method, other, content, headers, most_bytes=MOST_BYTES)


def _videos(task: Any, own: str) -> list[str]:
    """Return links to the videos; for one inside the answer, the address of the answer itself."""
    uris = [at(video, "uri") for video in videos_of(task)]
    return [uri if isinstance(uri, str) else own for uri in uris]


def videos_of(task: Any) -> list[dict[str, Any]]:
    """Return the videos in the answer to an interaction.

    >>> video = {"type": "video", "uri": "u"}
    >>> videos_of({"steps": [{"type": "model_output", "content": [video]}]}) == [video]
    True
    """
    steps = at(task, "steps")
    found = [at(task, "output_video")]
    for step in steps if isinstance(steps, list) else []:
        content = at(step, "content") if at(step, "type") == "model_output" else None
        found += content if isinstance(content, list) else []
    videos = [one for one in found if at(one, "type") == "video"]
    return [one for n, one in enumerate(videos) if one not in videos[:n]]


def _errors_of(task: Any) -> str:
    """Join what an interaction, or a step of it, says of its failure."""
    errors, steps = at(task, "errors"), at(task, "steps")
    found = list(errors) if isinstance(errors, list) else []
    found += [at(step, "error") for step in steps] if isinstance(steps, list) else []
    said = (f"{at(one, 'code') or ''} {at(one, 'message') or ''}".strip() for one in found)
    return "; ".join(filter(None, said))


def _without_media(task: Any) -> dict[str, Any]:
    left_out = ("steps", "output_video", "input")
    return {name: value for name, value in task.items() if name not in left_out}


def open_wire(remote: Remote, key: ProviderKey) -> Veo:
    return Omni(remote, key) if "omni" in remote.model else Veo(remote, key)
