"""Derive the status and the progress of a project from its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVarTuple

from sqlalchemy import Select, and_, case, select
from sqlalchemy.orm import Session, aliased

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

Rows = TypeVarTuple("Rows")


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


_VIDEO: Final = aliased(Job, name="video_job")
"""The job of a project's latest generation."""
_ANALYSIS: Final = aliased(Job, name="analysis_job")
_OF_THE_PLAN: Final = GenerationJob.plan_revision == VideoProject.revision
"""Whether the latest generation says something of the latest plan."""
STATUS: Final = case(
    (and_(_VIDEO.is_open, _VIDEO.attempt > 0), PROCESSING),
    (_VIDEO.is_open, GENERATING),
    (and_(_OF_THE_PLAN, _VIDEO.state == JobState.SUCCEEDED.value), COMPLETED),
    (and_(_OF_THE_PLAN, _VIDEO.state == JobState.CANCELLED.value), PLANNING),
    (and_(_OF_THE_PLAN, _VIDEO.state == JobState.FAILED.value), FAILED),
    (_ANALYSIS.is_open, ANALYZING),
    (VideoProject.failure.is_not(None), FAILED),
    (and_(_ANALYSIS.state == JobState.SUCCEEDED.value, VideoProject.facts.is_(None)), ANALYZING),
    (VideoProject.revision > 0, PLANNING),
    (_ANALYSIS.state == JobState.FAILED.value, FAILED),
    else_=UPLOADING,
)
"""The status of a project, for lists and for one; `with_jobs` joins what it reads."""


def with_jobs(query: Select[*Rows]) -> Select[*Rows]:
    """Join the jobs that decide the status of the projects of a query."""
    return (
        query.outerjoin(GenerationJob, GenerationJob.id == VideoProject.generation_id)
        .outerjoin(_VIDEO, _VIDEO.id == GenerationJob.job_id)
        .outerjoin(_ANALYSIS, _ANALYSIS.id == VideoProject.analysis_job_id)
    )


def state_of(db: Session, project: VideoProject) -> State:
    """Return where a project is now."""
    mine = select(STATUS, GenerationJob, _VIDEO, _ANALYSIS).select_from(VideoProject)
    row = db.execute(with_jobs(mine).where(VideoProject.id == project.id)).one()
    status, generation, video, analysis = row
    if video is not None and (video.is_open or generation.plan_revision == project.revision):
        return _of_generation(db, status, video, generation)
    percent = 0.0
    if status == ANALYZING:
        percent = analysis.percent / 100 if analysis.is_open else 1.0
    return State(status, round(percent, 4), analysis, generation)


def _of_generation(db: Session, status: str, job: Job, generation: GenerationJob) -> State:
    """Return the state of the last generation, with its clips."""
    mine = select(ProjectClip).where(ProjectClip.generation_id == generation.id)
    clips = tuple(db.scalars(mine.order_by(ProjectClip.scene)))
    percent = {COMPLETED: 1.0, PLANNING: 0.0}.get(status)
    percent = _progress(db, job, clips) if percent is None else percent
    return State(status, percent, job, generation, clips)


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
