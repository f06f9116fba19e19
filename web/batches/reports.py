"""Describe batches, as the API answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from web.batches import batches
from web.batches.models import VIDEO_STATES, Batch
from web.billing.amounts import to_credits
from web.projects import files
from web.projects.models import GenerationJob, VideoProject
from web.sessions.files import signed_link


def entry(db: Session, batch: Batch, *, with_videos: bool = True) -> dict[str, Any]:
    """Describe a batch: its quote, budget and progress, and each of its videos."""
    known = batches.videos(db, batch.id)
    counted = Counter(video.state for video in known)
    most = batch.credits_micro if batch.most_micro is None else batch.most_micro
    shown = [_video(db, video) for video in known] if with_videos else []
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
        "counts": {state: counted[state] for state in VIDEO_STATES},
        "videos": shown,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def _video(db: Session, video: Any) -> dict[str, Any]:
    project = db.get(VideoProject, video.project_id) if video.project_id else None
    link = None
    if video.state == "done" and project is not None and project.generation_id is not None:
        made = files.video(db.get_one(GenerationJob, project.generation_id).job_id)
        link = None if made is None else signed_link(made.session_id, made.filename)
    return {
        "row": video.row,
        "name": video.name,
        "values": video.values,
        "state": video.state,
        "project_id": None if project is None else project.id,
        "credits": to_credits(video.credits_micro),
        "error": video.error,
        "url": link,
    }
