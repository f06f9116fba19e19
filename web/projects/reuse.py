"""Find clips of an owner that were made before, so that equal ones are not bought again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.jobs.models import Job, StageRun
from web.projects.choices import SceneClip
from web.projects.models import MADE, ProjectClip

Made = dict[int, ProjectClip]
"""Clips that were made before, by the scene that shows them."""


def find(db: Session, owner: str, scenes: Sequence[SceneClip], salt: str) -> Made:
    """Return the clips that need not be made: equal ones whose files still exist."""
    found: Made = {}
    for one in scenes:
        made = None if one.own is not None else _made(db, owner, one.key(salt))
        if made is not None:
            found[one.index] = made
    return found


def _made(db: Session, owner: str, key: str) -> ProjectClip | None:
    mine = ProjectClip.owner == owner, ProjectClip.key == key, ProjectClip.state == MADE
    made = db.scalar(select(ProjectClip).where(*mine).limit(1))
    return made if made is not None and _is_kept(db, made) else None


def _is_kept(db: Session, clip: ProjectClip) -> bool:
    """Return whether the file of a clip still exists: its job has not expired."""
    known = select(Job.id).join(StageRun, StageRun.job_id == Job.id)
    kept = known.where(StageRun.artifact == clip.artifact, Job.expired_at.is_(None))
    return db.scalar(kept.limit(1)) is not None


def saved(scenes: Sequence[SceneClip], made: Made) -> dict[str, Any]:
    """Say what the clips that are reused would have cost."""
    prices = [one.chosen.candidate.price_micro for one in scenes if one.index in made]
    return {
        "clips": len(prices),
        "of": len(scenes),
        "dollars": round(sum(prices) / 1_000_000, 6),
    }
