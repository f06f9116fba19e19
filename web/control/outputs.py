"""Add the results of a completed step to its session's files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from functools import cached_property
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.fingerprint import FINGERPRINT
from web.jobs.models import Job, StageRun
from web.sessions.models import Output

_KINDS = {
    "final.mp4": "final_output",
    "video.mp4": "video_clip",
    "speech.wav": "audio",
    "poster.jpg": "image",
    "preview.jpg": "image",
    "crop.png": "image",
    "still.png": "image",
    "screenplay.json": "script",
    "captions.srt": "script",
    "captions.vtt": "script",
}
"""The kinds of files shown to people; all others are metadata."""

_UNCHECKED = "edit"
"""Its video is not a file of the session: `check` refuses it or turns it into the delivered one."""
_INTERNAL = ("scene-", FINGERPRINT)


class OutputFiles:
    """Collects the new files of the jobs of one transaction, which it queries once.

    They are references: the bytes stay where the stage committed them.
    """

    def __init__(self, db: Session, jobs: Collection[str]) -> None:
        self._session = db
        self._jobs = jobs
        self._new: list[dict[str, Any]] = []

    @cached_property
    def _known(self) -> set[tuple[str, str]]:
        mine = select(Output.job_id, Output.filename).where(Output.job_id.in_(self._jobs))
        return {(job_id, name) for job_id, name in self._session.execute(mine)}

    def add(self, job: Job, run: StageRun, artifact: Artifact) -> None:
        if run.stage == _UNCHECKED:
            return
        for part, blob in artifact.parts.items():
            is_last = run.stage in ("assemble", "clip", "check")
            name = f"{job.id}-{part}" if is_last else f"{job.id}-{run.step}-{part}"
            if part.startswith(_INTERNAL):
                continue
            if (job.id, name) in self._known:
                if job.revision > 1:
                    self._replace(job, name, blob)
                continue
            self._known.add((job.id, name))
            self._new.append(
                {
                    "session_id": job.session_id,
                    "owner": job.owner,
                    "org_id": job.org_id,
                    "job_id": job.id,
                    "filename": name,
                    "kind": _KINDS.get(part, "metadata"),
                    **asdict(blob),
                }
            )

    def write(self) -> None:
        """Insert the collected files: at a job's end and at the end of the transaction."""
        if self._new:
            # Or a missing organisation would be looked up in the session, for each row.
            adding = insert(Output).execution_options(render_nulls=True)
            self._session.execute(adding, self._new)
            self._new = []

    def _replace(self, job: Job, name: str, blob: Blob) -> None:
        """Replace the output of an older revision of the plan."""
        self.write()
        mine = Output.job_id == job.id, Output.filename == name
        self._session.execute(
            update(Output).where(*mine).values(sha256=blob.sha256, bytes=blob.bytes)
        )
