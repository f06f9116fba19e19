"""Start the job of a scene's clip, in the transaction of what needs it."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy.orm import Session

from config import log_context
from web.billing import charging
from web.jobs import transitions
from web.jobs.charging import Origin
from web.projects.choices import SceneClip
from web.projects.models import VideoProject
from web.providers import clips as provider_clips
from web.providers import pricing
from web.services import Services


def start(
    services: Services, db: Session, project: VideoProject, one: SceneClip, origin: Origin
) -> str:
    """Insert the job of a clip and its call, and hold what it may cost; the id of the job."""
    job = transitions.open_clip(
        db,
        project.session_id,
        project_id=project.id,
        request_id=log_context.ids().get("request_id", ""),
        title=f"{project.name}: {one.scene.id}"[:200],
        options=one.request.to_options()
        | {
            provider_clips.QUOTE: one.chosen.quote_micro,
            provider_clips.UNMARKED: True,
        },
        inputs={name: asdict(blob) for name, blob in one.frames.items()},
    )
    provider_clips.open_call(services, db, job, one.request, one.chosen)
    terms = pricing.terms(services, one.chosen.candidate, one.chosen.quote_micro)
    if charging.hold_terms(services, db, job, origin, terms):
        transitions.bill(job)
    return job.id
