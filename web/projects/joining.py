"""Follow generations: join the clips of a video when all are made, and fail it when one is lost.

The controller calls `move_on` again and again. It reads only the database and the store, so a
crash at any point changes nothing: the next turn goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.failure import Failure
from tasks.domain.hosted import PART
from tasks.domain.job import JobState
from tasks.domain.project_planner import clip_name
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.publish import wake_controller
from web.jobs import transitions
from web.jobs.models import Job, StageRun
from web.projects.models import (
    DONE,
    EDIT,
    FAILED,
    LOST,
    MADE,
    OPEN,
    WAITING,
    GenerationJob,
    ProjectClip,
)
from web.projects.state import CLIPS_SHARE
from web.providers.models import ProviderCall
from web.services import Services


def clip_inputs(rows: Sequence[ProjectClip]) -> dict[str, Any]:
    return {clip_name(row.scene): asdict(row.blob) for row in rows}


def fill(row: ProjectClip, blob: Blob) -> None:
    row.state = MADE
    row.sha256, row.bytes, row.media_type = blob.sha256, blob.bytes, blob.media_type


def open_generations() -> list[tuple[str, str]]:
    """List the open generations, oldest first, each with its job."""
    mine = select(GenerationJob.id, GenerationJob.job_id).where(GenerationJob.state.in_(OPEN))
    with reading() as db:
        found = db.execute(mine.order_by(GenerationJob.created_at))
        return [(generation_id, job_id) for generation_id, job_id in found]


def move_on(services: Services, generation_id: str) -> None:
    """Advance an open generation to where its jobs are."""
    made = _made_clips(services, generation_id)
    released = False
    with writing() as db:
        generation = db.get(GenerationJob, generation_id, with_for_update=True)
        job = None if generation is None else db.get(Job, generation.job_id, with_for_update=True)
        if generation is None or job is None or generation.state not in OPEN:
            return
        mine = select(ProjectClip).where(ProjectClip.generation_id == generation_id)
        rows = list(db.scalars(mine.order_by(ProjectClip.scene)))
        children = {
            child.id: child
            for child in db.scalars(
                select(Job).where(Job.id.in_([row.job_id for row in rows if row.job_id]))
            )
        }
        if not job.is_open:
            _end(generation, job, children)
            return
        if generation.state == EDIT:
            return
        lost = _update(db, rows, children, made)
        if lost is not None:
            failure = Failure(
                error_code=lost.error_code or "CLIP_LOST",
                user_message=f"A clip was not made: {lost.error_message or 'it was cancelled'}",
                retryable=False,
                stage="clip",
            )
            transitions.fail(db, job, failure, now())
            _end(generation, job, children)
        elif all(row.state == MADE for row in rows):
            released = transitions.release_project(job, job.inputs | clip_inputs(rows))
            generation.state = EDIT
        else:
            _report_progress(job, rows, children)
    if released:
        wake_controller(services)


def _made_clips(services: Services, generation_id: str) -> dict[str, Artifact]:
    """Read what clips that are done have made, by their jobs, before the transaction."""
    done = (
        select(ProjectClip.job_id, StageRun.artifact)
        .join(StageRun, StageRun.job_id == ProjectClip.job_id)
        .join(Job, Job.id == ProjectClip.job_id)
        .where(ProjectClip.generation_id == generation_id, ProjectClip.state == WAITING)
        .where(Job.state == JobState.SUCCEEDED.value, StageRun.state == "done")
    )
    found: dict[str, Artifact] = {}
    with reading() as db:
        keys = list(db.execute(done))
    for job_id, key in keys:
        artifact = services.artifacts.find(key)
        if artifact is not None and job_id is not None:
            found[job_id] = artifact
    return found


def _update(
    db: Session,
    rows: list[ProjectClip],
    children: dict[str, Job],
    made: dict[str, Artifact],
) -> Job | None:
    """Note which clips are made; return the job of one that is lost."""
    lost = None
    for row in rows:
        if row.state != WAITING or row.job_id is None:
            continue
        child = children.get(row.job_id)
        if row.job_id in made:
            artifact = made[row.job_id]
            row.artifact, row.seconds = artifact.key, artifact.facts.get("duration", row.seconds)
            fill(row, artifact.parts[PART])
            mine = select(ProviderCall).where(ProviderCall.job_id == row.job_id)
            call = db.scalar(mine.order_by(ProviderCall.created_at.desc()).limit(1))
            if call is not None:
                row.model, row.api_key_used = call.model_id, call.key_label
        elif child is not None and not child.is_open and child.state != JobState.SUCCEEDED.value:
            row.state = LOST
            lost = child
    return lost


def _end(generation: GenerationJob, job: Job, children: dict[str, Job]) -> None:
    """End a generation as its job has ended, and cancel the clips that are left."""
    succeeded = job.state == JobState.SUCCEEDED.value
    generation.state, generation.finished_at = DONE if succeeded else FAILED, now()
    for child in children.values():
        transitions.request_cancel(child, now())


def _report_progress(job: Job, rows: list[ProjectClip], children: dict[str, Job]) -> None:
    percents = {job_id: child.percent for job_id, child in children.items()}
    shares = [
        1.0 if row.state == MADE else percents.get(row.job_id or "", 0.0) / 100 for row in rows
    ]
    if shares:
        percent = 100 * CLIPS_SHARE * sum(shares) / len(rows)
        transitions.note_progress(job, min(percent, 99.0), None, None)
