"""Keep the files of finished projects in folders of the store for some days.

The folders are copies: nothing here reads them, so each can be written again, or deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob
from tasks.domain.job import JobState
from tasks.store.folders import folder_of
from web.db.columns import now
from web.db.engine import reading
from web.jobs.models import Job
from web.projects import storyboard
from web.projects.models import DONE, MADE, GenerationJob, ProjectClip, VideoProject
from web.services import Services
from web.sessions.models import Output

_INPUTS = ("sample", "character", "voice", "track")
_PARTS = ("final.mp4", "poster.jpg", "captions.srt", "captions.vtt")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A folder that should be there: the files of a finished generation."""

    generation_id: str
    expires_at: datetime

    @property
    def note(self) -> bytes:
        told = {"generation_id": self.generation_id, "expires_at": self.expires_at.isoformat()}
        return json.dumps(told, sort_keys=True).encode()


@dataclass(slots=True)
class ProjectFolders:
    """The folders that one controller knows to be complete."""

    services: Services
    _complete: dict[str, bytes] = field(default_factory=dict)

    def due(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what to do now: write the folders of finished videos, and remove others.

        A folder goes when it has expired, and when its project, its video or the consent to it is
        gone.
        """
        wanted = self._wanted()
        new = {name: one for name, one in wanted.items() if self._complete.get(name) != one.note}
        gone = self._complete.keys() - wanted.keys()
        return [
            *((name, partial(self._write, name, one)) for name, one in new.items()),
            *((name, partial(self._remove, name)) for name in sorted(gone)),
        ]

    def forgotten(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what to do once a day: remove every other folder that the store has."""
        gone = self.services.artifacts.folders.listed() - self._wanted().keys()
        return [(name, partial(self._remove, name)) for name in sorted(gone)]

    def _wanted(self) -> dict[str, Wanted]:
        kept = timedelta(days=self.services.settings.projects.files_days)
        mine = (
            select(VideoProject.owner, VideoProject.id, GenerationJob)
            .join(GenerationJob, GenerationJob.id == VideoProject.generation_id)
            .join(Job, Job.id == GenerationJob.job_id)
            .where(GenerationJob.state == DONE, GenerationJob.finished_at > now() - kept)
            .where(Job.state == JobState.SUCCEEDED.value, Job.expired_at.is_(None))
            .where(Job.consent_withdrawn_at.is_(None))
        )
        with reading() as db:
            return {
                folder_of(owner, project_id): Wanted(made.id, made.finished_at + kept)
                for owner, project_id, made in db.execute(mine)
                if made.finished_at is not None
            }

    def _write(self, folder: str, wanted: Wanted) -> None:
        folders = self.services.artifacts.folders
        if folders.note(folder) != wanted.note:
            with reading() as db:
                files = dict(_files(db, wanted.generation_id))
            folders.write(folder, files, wanted.note)
        self._complete[folder] = wanted.note

    def _remove(self, folder: str) -> None:
        self.services.artifacts.folders.remove(folder)
        self._complete.pop(folder, None)


def _files(db: Session, generation_id: str) -> Iterator[tuple[str, Blob]]:
    """Yield the files of a project and its generation, by their names in the folder."""
    made = db.get_one(GenerationJob, generation_id)
    project = db.get_one(VideoProject, made.project_id)
    for role in _INPUTS:
        upload: dict[str, Any] | None = getattr(project, role)
        if upload is not None:
            name = f"input/{role}{PurePosixPath(upload['filename']).suffix}"
            yield name, Blob(upload["sha256"], upload["bytes"], upload["media_type"])
    clips = select(ProjectClip).where(ProjectClip.generation_id == generation_id)
    for clip in db.scalars(clips.where(ProjectClip.state == MADE)):
        yield f"generated/clips/{clip.scene + 1:03d}-{clip.scene_id}.mp4", clip.blob
    outputs = select(Output).where(Output.job_id == made.job_id)
    for output in db.scalars(outputs):
        part = output.filename.removeprefix(f"{made.job_id}-")
        if part in _PARTS:
            yield f"generated/{part}", output.blob
    for scene_id, blob in storyboard.drafts(db, project):
        yield f"temp/draft-{scene_id}.mp4", blob
