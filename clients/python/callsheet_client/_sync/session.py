# Made of ../_async/session.py by `make clients`; change it there.
"""A session: upload a face and a voice, start jobs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack, cast

from callsheet_client import models
from callsheet_client._formats import usual_name
from callsheet_client._sync.job import Job
from callsheet_client._sync.upload import send_file

if TYPE_CHECKING:
    from callsheet_client._sync.client import Client

Progress = Callable[[int, int], object]
"""Called with the bytes that have arrived and with all bytes."""


class Session:
    """Files and jobs of one visitor. `id` is the key to them: keep it to come back."""

    def __init__(self, client: Client, session_id: str) -> None:
        self.client = client
        self.id = session_id

    def upload_face(
        self,
        file: Path | str | bytes,
        *,
        name: str | None = None,
        on_progress: Progress | None = None,
    ) -> str:
        """Upload a picture of a face; return the upload's id. A cut connection is resumed."""
        return self._upload("face", file, name, on_progress)

    def upload_voice(
        self,
        file: Path | str | bytes,
        *,
        name: str | None = None,
        start: float | None = None,
        end: float | None = None,
        on_progress: Progress | None = None,
    ) -> str:
        """Upload a recording of a voice; return the upload's id. A cut connection is resumed.

        Only what is between `start` and `end`, in seconds, is kept.
        """
        part = {"start": start, "end": end}
        return self._upload("voice", file, name, on_progress, part)

    def _upload(
        self,
        kind: Literal["face", "voice"],
        file: Path | str | bytes,
        name: str | None,
        on_progress: Progress | None,
        part: Mapping[str, float | None] | None = None,
    ) -> str:
        if isinstance(file, bytes):
            data, called = file, name or usual_name(kind, file)
        else:
            data, called = Path(file).read_bytes(), name or Path(file).name
        return send_file(
            self.client,
            self.id,
            data,
            kind=kind,
            name=called,
            on_progress=on_progress or (lambda _done, _all: None),
            part=part,
        )

    def start(
        self, *, idempotency_key: str | None = None, **options: Unpack[models.StartJobOptions]
    ) -> Job:
        """Start a job with `script`, `topic` or `use_audio_as_is`, and any other option.

        The request has an idempotency key of its own, so that a repetition starts no second job.
        """
        body = cast("models.StartJob", options | {"session_id": self.id})
        key = idempotency_key or uuid.uuid4().hex
        started = cast("models.JobStarted", self.client.start_job(body, idempotency_key=key))
        live_events = started["links"].get("live_events")
        return Job(self.client, started["job_id"], started["warnings"], live_events)

    def estimate(self, **options: Unpack[models.EstimateJob]) -> models.JobEstimate:
        """Estimate the duration and cost of a job without starting it."""
        return self.client.estimate_job({"session_id": self.id} | options)

    def job(self, job_id: str) -> Job:
        """Return a job that was started before."""
        return Job(self.client, job_id, [])

    def status(self) -> models.SessionStatus:
        """Get the session with its uploads and jobs."""
        return self.client.get_session(self.id)

    def close(self) -> models.SessionStatus:
        """Close the session; open jobs are cancelled, videos are kept."""
        return self.client.close_session(self.id)
