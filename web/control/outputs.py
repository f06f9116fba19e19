"""Add the results of a completed step to its session's files."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact
from tasks.domain.fingerprint import FINGERPRINT
from web.db.upserts import dialect_of, insert_into
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
_UNIQUE: Final = ("session_id", "filename")


class OutputFiles:
    """Collects the files of the jobs of one transaction.

    They are references: the bytes stay where the stage committed them.
    """

    def __init__(self, db: Session) -> None:
        self._session = db
        self._first: dict[str, dict[str, Any]] = {}
        """Files of first plans by name: one that exists stays."""
        self._later: dict[str, dict[str, Any]] = {}
        """Files of later revisions of a plan, which replace those of earlier ones."""

    def add(self, job: Job, run: StageRun, artifact: Artifact) -> None:
        if run.stage == _UNCHECKED:
            return
        for part, blob in artifact.parts.items():
            is_last = run.stage in ("assemble", "clip", "check")
            name = f"{job.id}-{part}" if is_last else f"{job.id}-{run.step}-{part}"
            if part.startswith(_INTERNAL):
                continue
            file = {
                "session_id": job.session_id,
                "owner": job.owner,
                "org_id": job.org_id,
                "job_id": job.id,
                "filename": name,
                "kind": _KINDS.get(part, "metadata"),
                **asdict(blob),
            }
            if job.revision > 1:
                self._later[name] = file
            else:
                self._first.setdefault(name, file)

    def write(self) -> None:
        """Write the collected files."""
        for files, replacing in ((self._first, False), (self._later, True)):
            if files:
                adding = _adding(dialect_of(self._session), replacing=replacing)
                self._session.execute(adding, list(files.values()))
                files.clear()


@cache
def _adding(dialect: str, *, replacing: bool) -> Executable:
    added = insert_into(dialect, Output)
    if not replacing:
        return added.on_conflict_do_nothing(index_elements=_UNIQUE)
    new = {name: added.excluded[name] for name in ("sha256", "bytes")}
    return added.on_conflict_do_update(index_elements=_UNIQUE, set_=new)
