"""Make the videos of running batches, a few at a time: one turn of the controller.

Every step is written before the next one, and a video's project has an id that follows from its
batch and row, so a crash at any point makes no video twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain import manifest
from tasks.domain.errors import CallsheetError, EngineUnavailable, RateLimited
from tasks.domain.job import JobState
from tasks.domain.manifest import Row
from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import VideoPlan
from web.batches import batches, spending
from web.batches.models import (
    CANCELLED,
    DONE,
    FAILED,
    PAUSED,
    RUNNING,
    WAITING,
    Batch,
    BatchVideo,
)
from web.billing.errors import BudgetReached, CreditsNeeded
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.charging import Origin
from web.jobs.models import Job
from web.projects import plans, production, projects
from web.projects.models import PLANNER, GenerationJob, VideoProject
from web.projects.production import Confirmation
from web.projects.projects import Keeper
from web.services import Services

AT_ONCE: Final = 3
"""Videos of a batch that are made at the same time; the limit of jobs of its owner counts too."""
_COPIED: Final = (
    *("aspect_ratio", "max_seconds", "language"),
    *("character", "voice", "track", "facts", "frames"),
)
"""What a video's project takes over from the template."""
_PAUSES: Final = (CreditsNeeded, BudgetReached)
_WAITS: Final = (RateLimited, EngineUnavailable)


def open_batches() -> list[str]:
    """List the batches that run, oldest first."""
    with reading() as db:
        mine = select(Batch.id).where(Batch.state == RUNNING).order_by(Batch.created_at)
        return list(db.scalars(mine))


def cancelled_videos() -> list[str]:
    """List the cancelled batches that have videos whose end is not noted yet."""
    mine = select(BatchVideo.batch_id).join(Batch, Batch.id == BatchVideo.batch_id)
    with reading() as db:
        running = mine.where(Batch.state == CANCELLED, BatchVideo.state == RUNNING)
        return list(db.scalars(running.distinct()))


def move_on(services: Services, batch_id: str) -> None:
    """Note which videos of a batch have ended, and start the next ones."""
    note_ends(batch_id)
    while True:
        due = _next(batch_id, is_charged=services.settings.billing.is_on)
        if due is None or not _start(services, due):
            return


def note_ends(batch_id: str) -> None:
    """Take over how the projects of running videos have ended."""
    with writing() as db:
        for video in batches.videos(db, batch_id):
            if video.state == RUNNING:
                _note_end(db, video)


def _note_end(db: Session, video: BatchVideo) -> None:
    project = db.get(VideoProject, video.project_id or "")
    if project is None:
        video.state, video.error = CANCELLED, _problem("PROJECT_NOT_FOUND", "It was deleted.")
        return
    if project.generation_id is None:
        return  # it is being started
    job = db.get_one(Job, db.get_one(GenerationJob, project.generation_id).job_id)
    if job.state == JobState.SUCCEEDED.value:
        video.state = DONE
    elif job.state == JobState.CANCELLED.value:
        video.state = CANCELLED
    elif job.state == JobState.FAILED.value:
        video.state = FAILED
        message = job.error_message or "The video was not made."
        video.error = _problem(job.error_code or "INTERNAL_ERROR", message)


@dataclass(frozen=True, slots=True)
class _Due:
    """The next video of a batch."""

    batch: Batch
    video: BatchVideo


def _next(batch_id: str, *, is_charged: bool) -> _Due | None:
    """Return the video to start now; pause the batch at its budget, and end it after the last."""
    with writing() as db:
        batch = batches.find(db, batch_id, lock=True)
        known = batches.videos(db, batch_id)
        running = [one for one in known if one.state == RUNNING]
        waiting = [one for one in known if one.state == WAITING]
        if batch.state != RUNNING:
            return None
        begun = next((one for one in running if not spending.is_generating(db, one)), None)
        if begun is not None:
            return _Due(batch, begun)
        if not waiting:
            if not running:
                batch.state, batch.finished_at, batch.problem = DONE, now(), None
            return None
        if len(running) >= AT_ONCE:
            return None
        video = waiting[0]
        spent = spending.spent(db, batch, known, is_charged=is_charged)
        most = batch.credits_micro if batch.most_micro is None else batch.most_micro
        if spent + video.credits_micro > most:
            _pause(batch, _problem("BUDGET_REACHED", "The next video would exceed the budget."))
            return None
        video.state = RUNNING
        video.project_id = video.project_id or _project_id(db, batch, video)
        return _Due(batch, video)


def _project_id(db: Session, batch: Batch, video: BatchVideo) -> str:
    """Return the id of a video's project: the same after a crash, a new one for another try."""
    tries = func.count().label("tries")
    stem = spending.project_stem(batch.id, video.row)
    used = db.scalar(select(tries).where(VideoProject.id.startswith(stem))) or 0
    return f"{stem}{used:04x}"


def _start(services: Services, due: _Due) -> bool:
    """Create the project of a video and generate it; False if the batch has to wait."""
    batch, video = due.batch, due.video
    try:
        _prepare(services, batch, video)
        origin = Origin(batch.key_id or None)
        production.generate(services, video.project_id or "", Confirmation(), origin)
    except _PAUSES as error:
        _give_back(video)
        with writing() as db:
            _pause(batches.find(db, batch.id, lock=True), _of_error(error))
        return False
    except _WAITS as error:
        _give_back(video)
        with writing() as db:
            batches.find(db, batch.id, lock=True).problem = _of_error(error)
        return False
    except (CallsheetError, InvalidDocument) as error:
        with writing() as db:
            row = db.get_one(BatchVideo, (batch.id, video.row))
            row.state, row.error = FAILED, _of_error(error)
        return True
    with writing() as db:
        batches.find(db, batch.id, lock=True).problem = None
    return True


def _prepare(services: Services, batch: Batch, video: BatchVideo) -> None:
    """Create the project of a video with its plan, unless an earlier turn has."""
    with reading() as db:
        template = projects.find(db, batch.template)
        known = db.get(VideoProject, video.project_id or "")
    if known is None:
        keeper = Keeper(batch.owner, batch.org_id)
        copied: dict[str, Any] = {name: getattr(template, name) for name in _COPIED}
        wanted = copied | {"id": video.project_id, "name": video.name}
        projects.create(services, keeper, wanted)
    with writing() as db:
        project = projects.for_work(db, video.project_id or "")
        if not project.revision:
            plan = VideoPlan.from_dict(batch.plan)
            row = Row(video.name, video.values)
            filled = manifest.filled(plan, row, f"videos[{video.row}]")
            plans.add(db, project, filled, PLANNER, f"Row {video.row + 1} of {batch.name}.")


def _give_back(video: BatchVideo) -> None:
    """Let a video wait again, with the project that was created for it."""
    with writing() as db:
        db.get_one(BatchVideo, (video.batch_id, video.row)).state = WAITING


def _pause(batch: Batch, problem: dict[str, Any]) -> None:
    batch.state, batch.problem = PAUSED, problem


def _of_error(error: Exception) -> dict[str, Any]:
    if isinstance(error, CallsheetError):
        return _problem(error.code, error.user_message)
    return _problem("PLAN_INVALID", str(error)[:300])


def _problem(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}
