"""Derive the status and the progress of a project from its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.job import JobState
from web.jobs.models import Job
from web.projects.errors import ProjectState
from web.projects.models import MADE, GenerationJob, ProjectClip, VideoProject

UPLOADING, ANALYZING, PLANNING = "uploading", "analyzing", "planning"
GENERATING, PROCESSING, COMPLETED, FAILED = "generating", "processing", "completed", "failed"
STATUSES: Final = (UPLOADING, ANALYZING, PLANNING, GENERATING, PROCESSING, COMPLETED, FAILED)
BUSY: Final = (ANALYZING, GENERATING, PROCESSING)
CLIPS_SHARE: Final = 0.6
"""The share of the progress of a generation that its clips are worth."""
_POSSIBLE: Final = {
    UPLOADING: "upload a sample and analyse it",
    ANALYZING: "wait for the analysis, or cancel it",
    PLANNING: "change the plan and generate it",
    GENERATING: "wait for the video, or cancel it",
    PROCESSING: "wait for the video, or cancel it",
    COMPLETED: "download the video, change the plan, or generate again",
    FAILED: "change the plan and generate again, or analyse again",
}


@dataclass(frozen=True, slots=True)
class State:
    """Where a project is."""

    status: str
    progress: float
    job: Job | None = None
    """The job that it waits for, or that has ended last."""
    generation: GenerationJob | None = None
    clips: tuple[ProjectClip, ...] = ()

    def require(self, *allowed: str) -> None:
        """Refuse a call that does not fit, and say what is possible."""
        if self.status not in allowed:
            raise ProjectState(
                f"The project is {self.status}. You can {_POSSIBLE[self.status]}.",
                status=self.status,
                errors=[{"field": "status", "message": self.status}],
            )


def state_of(db: Session, project: VideoProject) -> State:
    """Return where a project is now."""
    generation = (
        db.get(GenerationJob, project.generation_id) if project.generation_id is not None else None
    )
    if generation is not None:
        made = _of_generation(db, project, generation)
        if made is not None:
            return made
    analysis = db.get(Job, project.analysis_job_id) if project.analysis_job_id else None
    if analysis is not None and analysis.is_open:
        return State(ANALYZING, round(analysis.percent / 100, 4), analysis)
    if analysis is not None and analysis.state == JobState.SUCCEEDED.value and not project.revision:
        return State(ANALYZING, 1.0, analysis)  # its plan is being made
    if project.revision:
        return State(PLANNING, 0.0, analysis, generation)
    if analysis is not None and analysis.state == JobState.FAILED.value:
        return State(FAILED, 0.0, analysis)
    return State(UPLOADING, 0.0)


def _of_generation(db: Session, project: VideoProject, generation: GenerationJob) -> State | None:
    """Return the state of the last generation, as long as it says something of the plan."""
    job = db.get(Job, generation.job_id)
    if job is None:
        return None
    mine = select(ProjectClip).where(ProjectClip.generation_id == generation.id)
    clips = tuple(db.scalars(mine.order_by(ProjectClip.scene)))
    if job.is_open:
        status = PROCESSING if job.attempt else GENERATING
        return State(status, _progress(db, job, clips), job, generation, clips)
    if generation.plan_revision != project.revision:
        return None
    if job.state == JobState.SUCCEEDED.value:
        return State(COMPLETED, 1.0, job, generation, clips)
    if job.state == JobState.CANCELLED.value:
        return State(PLANNING, 0.0, job, generation, clips)
    return State(FAILED, _progress(db, job, clips), job, generation, clips)


def _progress(db: Session, job: Job, clips: tuple[ProjectClip, ...]) -> float:
    percents = {
        row.id: row.percent
        for row in db.execute(
            select(Job.id, Job.percent).where(Job.id.in_([c.job_id for c in clips if c.job_id]))
        )
    }
    shares = [1.0 if c.state == MADE else percents.get(c.job_id, 0.0) / 100 for c in clips]
    clips_done = sum(shares) / len(shares) if shares else 1.0
    rest = job.percent / 100 if job.attempt else 0.0
    return round(CLIPS_SHARE * clips_done + (1 - CLIPS_SHARE) * rest, 4)
