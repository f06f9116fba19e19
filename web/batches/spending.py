"""Say what the videos of a batch have cost so far, by what was charged and what is held."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import digest
from web.batches.models import CANCELLED, RUNNING, WAITING, Batch, BatchVideo
from web.billing.charging import OPEN
from web.billing.models import Charge
from web.projects.models import GenerationJob, VideoProject


def project_stem(batch_id: str, row: int) -> str:
    """Return how the ids of a video's projects begin: one for each try."""
    return f"prj_{digest([batch_id, row])[:20]}"


def charged(db: Session, batch: Batch, videos: Sequence[BatchVideo]) -> dict[int, int]:
    """Return the micro-credits of each video by its row: charged, or held while it is made.

    All tries of a video count, and the clips of one that failed.
    """
    rows = {project_stem(batch.id, video.row): video.row for video in videos}
    found = dict.fromkeys(rows.values(), 0)
    mine = select(Charge.project_id, Charge.state, Charge.hold, Charge.used)
    mine = mine.where(Charge.owner == batch.owner, Charge.created_at >= batch.created_at)
    for project_id, state, hold, used in db.execute(mine.where(Charge.project_id != "")):
        row = rows.get(project_id[: len(project_id) - 4])
        if row is not None:
            found[row] += hold if state == OPEN else used
    return found


def spent(db: Session, batch: Batch, videos: Sequence[BatchVideo], *, is_charged: bool) -> int:
    """Return the micro-credits of the budget that are used.

    Where nothing is charged, and for a video that holds nothing yet, it is what was quoted.
    """
    if not is_charged:
        return sum(one.credits_micro for one in videos if one.state not in (WAITING, CANCELLED))
    known = charged(db, batch, videos)
    begun = [one for one in videos if one.state == RUNNING and not is_generating(db, one)]
    return sum(known.values()) + sum(one.credits_micro for one in begun)


def is_generating(db: Session, video: BatchVideo) -> bool:
    """Return whether the generation of a video has started."""
    return generation(db, video) is not None


def generation(db: Session, video: BatchVideo) -> GenerationJob | None:
    """Return the latest generation of a video's project."""
    project = db.get(VideoProject, video.project_id or "")
    if project is None or project.generation_id is None:
        return None
    return db.get(GenerationJob, project.generation_id)
