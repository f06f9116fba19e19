"""What a finished step adds to its session's files, as soon as it is there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact
from web.models import Job, Output, StageRun

_KINDS = {
    "final.mp4": "final_output",
    "video.mp4": "video_clip",
    "speech.wav": "audio",
    "poster.jpg": "image",
    "preview.jpg": "image",
    "crop.png": "image",
    "still.png": "image",
    "screenplay.json": "script",
    "captions.srt": "script",
    "captions.vtt": "script",
}
"""Parts that people want to see; everything else is metadata."""

_INTERNAL = ("scene-",)


def record_outputs(session: Session, job: Job, run: StageRun, artifact: Artifact) -> None:
    """References only: the bytes stay where the stage committed them."""
    mine = session.scalars(select(Output).where(Output.job_id == job.id))
    known = {output.filename: output for output in mine}
    for part, blob in artifact.parts.items():
        name = f"{job.id}-{run.step}-{part}" if run.stage != "assemble" else f"{job.id}-{part}"
        if part.startswith(_INTERNAL):
            continue
        if name in known:  # of an older revision of the plan
            known[name].sha256, known[name].bytes = blob.sha256, blob.bytes
            continue
        session.add(
            Output(
                session_id=job.session_id,
                job_id=job.id,
                filename=name,
                kind=_KINDS.get(part, "metadata"),
                sha256=blob.sha256,
                bytes=blob.bytes,
                media_type=blob.media_type,
            )
        )
