"""Retry a clip that has failed, as its user asks; within what it was quoted."""

from __future__ import annotations

from contextlib import suppress

import redis

from tasks.domain.errors import JobSucceeded
from tasks.domain.job import JobState
from tasks.messaging.event_bus import Progress
from web.billing import charging
from web.db.engine import writing
from web.errors import JobNotOurs
from web.events.publish import wake_controller
from web.jobs import inputs, transitions
from web.jobs import report as job_reports
from web.jobs.charging import Origin
from web.jobs.models import CLIP
from web.providers import choosing, clips, pricing, reporting
from web.providers.choosing import ClipRequest
from web.services import Services
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits


def retry(services: Services, job_id: str, origin: Origin) -> None:
    """Order a failed or cancelled clip again; an open one stays as it is.

    Nothing is bought again by itself: the earlier purchase, if there was one, counts for the
    operator, and what this round may cost its user is what the first one was quoted.
    """
    reachable = choosing.reachable_providers(services)
    with writing(durable=True) as db:
        job = job_reports.find(db, job_id)
        if job.kind != CLIP:
            raise JobNotOurs("This job is not a clip.")
        state = JobState(job.state)
        if state is JobState.SUCCEEDED:
            raise JobSucceeded
        if not state.reopenable:
            return
        for name in clips.FRAMES:
            stored = job.inputs.get(name) or {}
            inputs.require_not_rejected(db, job.owner, str(stored.get("sha256", "")))
        room = lifecycle.find_active(db, job.session_id, SessionLimits.of(services.settings))
        clips.require_capacity(services, db, room, origin)
        wanted = ClipRequest.of_options(job.options)
        most = int(job.options[clips.QUOTE])
        choice = choosing.choose(services, db, wanted, reachable, most_micro=most)
        if not transitions.reopen(db, job, CLIP):
            return
        clips.open_call(services, db, job, wanted, choice)
        if charging.of_job(db, job.id):
            held = charging.Credits().renew(services, db, job, origin)
        else:  # it began when jobs cost nothing
            terms = pricing.terms(services, choice.candidate, most)
            held = charging.hold_terms(services, db, job, origin, terms)
        if held:
            transitions.bill(job)
    with suppress(redis.RedisError):
        services.bus.start_progress(job_id, reporting.ESTIMATE, Progress())
    wake_controller(services)
