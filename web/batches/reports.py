"""Describe batches, as the API answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.batches import batches, spending
from web.batches.models import RUNNING, VIDEO_STATES, Batch, BatchVideo
from web.billing.amounts import to_credits
from web.jobs.models import Job
from web.projects import files
from web.projects.models import GenerationJob, VideoProject

_SOONEST, _LATEST = 2, 30
"""Seconds between two questions about a batch."""


def entry(db: Session, batch: Batch, *, with_videos: bool = True) -> dict[str, Any]:
    """Describe a batch: its quote, budget and progress, and each of its videos."""
    known = batches.videos(db, batch.id)
    counted = Counter(video.state for video in known)
    most = batch.credits_micro if batch.most_micro is None else batch.most_micro
    costs = spending.charged(db, batch, known)
    shown = [_video(db, video, costs[video.row]) for video in known] if with_videos else []
    return {
        "id": batch.id,
        "name": batch.name,
        "template": batch.template,
        "state": batch.state,
        "problem": batch.problem,
        "quote_id": batch.quote_id,
        "dollars": batch.dollars_micro / 1_000_000,
        "credits": to_credits(batch.credits_micro),
        "max_credits": to_credits(most),
        "charged_credits": to_credits(sum(costs.values())),
        "counts": {state: counted[state] for state in VIDEO_STATES},
        "videos": shown,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def retry_after(db: Session, batch: Batch) -> int | None:
    """Return the seconds after which to ask again; None: nothing changes by itself."""
    if batch.state != RUNNING:
        return None
    jobs = select(Job.eta_seconds).join(GenerationJob, GenerationJob.job_id == Job.id)
    mine = jobs.join(BatchVideo, BatchVideo.project_id == GenerationJob.project_id)
    running = mine.where(BatchVideo.batch_id == batch.id, BatchVideo.state == RUNNING)
    left = [seconds for seconds in db.scalars(running.where(Job.is_open)) if seconds]
    return round(min(_LATEST, max(_SOONEST, min(left, default=0.0) / 2)))


def _video(db: Session, video: BatchVideo, cost: int) -> dict[str, Any]:
    project = db.get(VideoProject, video.project_id) if video.project_id else None
    link = None
    if video.state == "done" and project is not None and project.generation_id is not None:
        made = files.video(db.get_one(GenerationJob, project.generation_id).job_id)
        link = None if made is None else files.link(made)
    return {
        "row": video.row,
        "name": video.name,
        "values": video.values,
        "state": video.state,
        "project_id": None if project is None else project.id,
        "credits": to_credits(video.credits_micro),
        "charged_credits": to_credits(cost),
        "error": video.error,
        "url": link,
    }
