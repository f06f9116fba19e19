"""The registry of videos that this installation made, by digest and by fingerprint.

A row is added in the transaction that applies the last step of a job. The controller reads the
fingerprint from the store afterwards, so that a slow store delays no event.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.fingerprint import (
    FINGERPRINT,
    Fingerprint,
    FingerprintInvalid,
    Likeness,
    compare,
    distance,
)
from tasks.domain.hosted import LOCAL, STAGE
from web.db.engine import reading, writing
from web.fingerprints.blocklist import pack, unpack
from web.jobs.models import StageRun
from web.services import Services
from web.trust.models import KnownVideo

log = logging.getLogger(__name__)

VIDEO: Final = "final.mp4"
_AT_ONCE: Final = 50
_LARGEST: Final = 1024**2
_FRAMES: Final = 3
_ASKED: Final = 8
"""Frames of an unknown file that a search compares with the frames of every known video."""
_NEAR: Final = 22
"""Different bits of a frame up to which a video is compared as a whole."""
_CANDIDATES: Final = 50
_MEDIA_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Match:
    """A known video, and how much of it a file has."""

    video: KnownVideo
    likeness: Likeness


def add(
    db: Session, runs: Sequence[StageRun], run: StageRun, artifact: Artifact, at: datetime
) -> None:
    """Add the finished video of a job to the registry, once; `run` is the last one of `runs`."""
    video, written = artifact.parts.get(VIDEO), artifact.parts.get(FINGERPRINT)
    if video is None:
        return
    known = db.scalar(select(KnownVideo).where(KnownVideo.job_id == run.job_id))
    if known is not None and known.sha256 == video.sha256:
        return
    row = known or KnownVideo(job_id=run.job_id)
    row.sha256, row.made_at = video.sha256, at
    row.engines = [*_engines(runs), *_clip_models(run)]
    row.source = written.sha256 if written is not None else None
    row.source_bytes = written.bytes if written is not None else 0
    row.fingerprint = row.frames = None
    row.seconds = _number(run.facts.get("duration"))
    row.signed_by = "operator" if run.facts.get("signed_by") == "operator" else "self-made"
    db.add(row)


def _engines(runs: Sequence[StageRun]) -> list[dict[str, str]]:
    """Name the engine of each stage, as the signed statement does."""
    names = dict.fromkeys((run.stage, run.engine, run.kind) for run in runs)
    return [{"stage": s, "name": e, "kind": k} for s, e, k in names]


def _clip_models(run: StageRun) -> list[dict[str, str]]:
    """Name the models that made the clips of a project's video, which are jobs of their own."""
    models = run.facts.get("clip_models")
    return [
        {"stage": STAGE, "name": name, "kind": "lite" if name.startswith(f"{LOCAL}/") else "hosted"}
        for name in (models if isinstance(models, list) else ())
        if isinstance(name, str)
    ]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e6 else 0.0


def read_fingerprints(services: Services) -> int:
    """Read the fingerprints of new videos from the store; return how many."""
    with reading() as db:
        new = select(KnownVideo).where(KnownVideo.source.is_not(None)).limit(_AT_ONCE)
        waiting = list(db.scalars(new))
    for row in waiting:
        found = _stored(services, row)
        with writing() as db:
            mine = db.get(KnownVideo, row.id)
            if mine is None or mine.source != row.source:
                continue
            mine.source = None
            if found is not None:
                mine.fingerprint, mine.frames = pack(found), _packed(_chosen(found, _FRAMES))
    return len(waiting)


def _stored(services: Services, row: KnownVideo) -> Fingerprint | None:
    if row.source is None or not 0 < row.source_bytes <= _LARGEST:
        return None
    blob = Blob(row.source, row.source_bytes, _MEDIA_TYPE)
    try:
        text = b"".join(services.artifacts.read(blob, 0, blob.bytes))
        return Fingerprint.from_json(text)
    except (FileNotFoundError, FingerprintInvalid) as error:
        what = {"job_id": row.job_id, "error": type(error).__name__}
        log.warning("fingerprint unreadable", extra=what)
        return None


def by_digest(db: Session, sha256: str) -> KnownVideo | None:
    """Find the first video with these bytes."""
    these = select(KnownVideo).where(KnownVideo.sha256 == sha256)
    return db.scalars(these.order_by(KnownVideo.made_at).limit(1)).first()


def search(db: Session, found: Fingerprint) -> list[Match]:
    """Find the known videos that a file is, or looks or sounds like; the most alike first."""
    asked = _chosen(found, _ASKED)
    if not asked:
        return []
    near: list[tuple[int, str]] = []
    for row_id, frames in _all_frames(db):
        least = min(distance(a, b) for a in asked for b in frames)
        if least <= _NEAR:
            near.append((least, row_id))
    best = [row_id for _, row_id in sorted(near)[:_CANDIDATES]]
    rows = db.scalars(select(KnownVideo).where(KnownVideo.id.in_(best)))
    matches = [
        Match(row, compare(found, unpack(row.fingerprint))) for row in rows if row.fingerprint
    ]
    return sorted(matches, key=_order)


def _order(match: Match) -> tuple[bool, float, datetime]:
    alike = (match.likeness.picture or 0.0) + (match.likeness.sound or 0.0)
    return not match.likeness.is_same, -alike, match.video.made_at


def _all_frames(db: Session) -> Iterator[tuple[str, tuple[int, ...]]]:
    rows = db.execute(
        select(KnownVideo.id, KnownVideo.frames)
        .where(KnownVideo.frames.is_not(None))
        .execution_options(yield_per=5000)
    )
    for row_id, frames in rows:
        numbers = struct.unpack(f">{len(frames or b'') // 8}Q", frames or b"")
        if numbers:
            yield row_id, numbers


def _chosen(found: Fingerprint, most: int) -> list[int]:
    """Choose frames with features, evenly over the video."""
    seen = list(dict.fromkeys(frame for frame in found.frames if frame))
    count = min(most, len(seen))
    return [seen[(2 * place + 1) * len(seen) // (2 * count)] for place in range(count)]


def _packed(frames: Sequence[int]) -> bytes:
    return struct.pack(f">{len(frames)}Q", *frames)
