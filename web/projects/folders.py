"""Keep the files of finished projects in folders of the store for some days.

The folders are copies: nothing here reads them, so each can be written again, or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob
from tasks.domain.job import JobState
from tasks.store.folders import Label, folder_of
from web.db.columns import now
from web.db.engine import reading
from web.jobs.models import Job
from web.projects import storyboard
from web.projects.models import DONE, MADE, GenerationJob, ProjectClip, VideoProject
from web.services import Services
from web.sessions.models import Output

_INPUTS = ("sample", "character", "voice", "track")
_PARTS = ("final.mp4", "poster.jpg", "captions.srt", "captions.vtt")


@dataclass(slots=True)
class ProjectFolders:
    """The folders that one controller knows to be complete."""

    services: Services
    _complete: dict[str, Label] = field(default_factory=dict)

    def due(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what to do now: write the folders of finished videos, and remove others.

        A folder goes when it has expired, and when its project, its video or the consent to it is
        gone.
        """
        wanted = self._wanted()
        new = {name: one for name, one in wanted.items() if self._complete.get(name) != one}
        gone = self._complete.keys() - wanted.keys()
        return [
            *((name, partial(self._write, name, label)) for name, label in new.items()),
            *((name, partial(self._remove, name)) for name in sorted(gone)),
        ]

    def old(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what to do once a day: remove what has expired, and what no project has.

        The metadata of each file says when it expires.
        """
        folders, kept = self.services.artifacts.folders, _labels(None)
        return [
            (name, partial(folders.remove_expired, name, now()))
            if name in kept
            else (name, partial(self._remove, name))
            for name in sorted(folders.listed())
        ]

    def _wanted(self) -> dict[str, Label]:
        return _labels(self.services.settings.projects.files_days)

    def _write(self, folder: str, label: Label) -> None:
        folders = self.services.artifacts.folders
        if not folders.has(folder, label):
            with reading() as db:
                files = dict(_files(db, label.generation))
            folders.write(folder, files, label)
        self._complete[folder] = label

    def _remove(self, folder: str) -> None:
        self.services.artifacts.folders.remove(folder)
        self._complete.pop(folder, None)


def _labels(days: int | None) -> dict[str, Label]:
    """Return the folders of finished videos that are not older than so many days; None: of all."""
    kept = timedelta(days=days or 0)
    mine = (
        select(VideoProject.owner, VideoProject.id, GenerationJob)
        .join(GenerationJob, GenerationJob.id == VideoProject.generation_id)
        .join(Job, Job.id == GenerationJob.job_id)
        .where(GenerationJob.state == DONE, GenerationJob.finished_at.is_not(None))
        .where(Job.state == JobState.SUCCEEDED.value, Job.expired_at.is_(None))
        .where(Job.consent_withdrawn_at.is_(None))
    )
    if days is not None:
        mine = mine.where(GenerationJob.finished_at > now() - kept)
    with reading() as db:
        return {
            folder_of(owner, project_id): Label(made.id, made.finished_at + kept)
            for owner, project_id, made in db.execute(mine)
            if made.finished_at is not None
        }


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
