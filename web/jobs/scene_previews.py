"""Let a scene be heard before its job starts: its script and voice stages run alone.

A preview is a plan of two steps under an id of its own, and no job: it has no row, no place in the
queue and no price. Its steps have the content keys of the same steps of a job, so the job that
follows reuses what was heard. The controller remembers its results, heard or not, so that the stage
cache evicts them in their turn.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import redis
from kombu.exceptions import OperationalError
from sqlalchemy import select

from tasks.domain.artifact import Artifact, Blob
from tasks.domain.errors import NotReady
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.planner import Request, make_speech_plan
from tasks.messaging.event_bus import Progress
from tasks.messaging.pipeline import speech_canvas
from tasks.nodes import registry
from web.db.engine import reading
from web.errors import PreviewFailed, PreviewNotFound
from web.events.models import LedgerEvent
from web.jobs import charging
from web.jobs.history import history
from web.services import Services
from web.sessions import lifecycle, salts
from web.sessions.limits import SessionLimits

PREFIX: Final = "preview"
REVISION: Final = 1
SPEECH: Final = "voice.0"
STAGES: Final = ("script", "voice")
_CHECK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """The scene to speak, for a session."""

    session_id: str
    options: JobOptions
    voice: Blob | None = None
    """The recording that the voice is matched to."""


def start(services: Services, asked: Asked) -> str:
    """Send a scene to the workers; return the id of its preview."""
    name = PREFIX + secrets.token_hex(12)
    try:
        alive = registry.alive(services.redis)
        licensed = charging.offers(services, alive, billed=False)
        # A preview has no price, so nothing may be bought for it.
        offers = [offer for offer in licensed if not offer.hosted]
        engines = choose(offers, asked.options, STAGES)
        uploads = {} if asked.voice is None else {"voice": asked.voice}
        salt = salts.of_owner(services, _owner(services, asked.session_id))
        request = Request(name, asked.session_id, asked.options, uploads, salt=salt)
        plan = make_speech_plan(request, engines, history(services))
        services.artifacts.put_plan(plan)
        services.bus.start_progress(name, plan.estimated_seconds, Progress())
        speech_canvas(services.celery, plan, call_keys=services.call_keys).apply_async()
    except (redis.RedisError, OperationalError):
        raise NotReady from None
    return name


def _owner(services: Services, session_id: str) -> str:
    with reading() as db:
        return lifecycle.find_active(db, session_id, SessionLimits.of(services.settings)).owner


def is_preview(name: str | None) -> bool:
    """Return whether events of this id are of a preview, and not of a job."""
    return name is not None and name.startswith(PREFIX)


def session_of(services: Services, name: str) -> str:
    """Return the session of a preview; raises `PreviewNotFound`."""
    plan = services.artifacts.plan(name, REVISION) if is_preview(name) else None
    if plan is None:
        raise PreviewNotFound
    return plan.session_id


def speech(services: Services, name: str, seconds: float) -> Artifact | None:
    """Return the sound of a preview if it comes in time; None: not yet."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while True:
        done = services.artifacts.recorded(name, REVISION, SPEECH)
        if done is not None:
            return done
        failure = _failure(name)
        if failure is not None:
            raise PreviewFailed(failure.user_message)
        if time.monotonic() >= deadline:
            return None
        pause.wait(_CHECK_SECONDS)


def forget(services: Services, before: datetime) -> None:
    """Delete the manifests of previews whose events are older than this, and are deleted next."""
    old = LedgerEvent.created_at < before, LedgerEvent.job_id.startswith(PREFIX)
    with reading() as db:
        names = db.scalars(select(LedgerEvent.job_id).where(*old).distinct()).all()
    for name in names:
        services.artifacts.forget_manifest(str(name), REVISION, ("script", SPEECH))


def _failure(name: str) -> Failure | None:
    """Return why a preview has failed, as the controller has recorded it."""
    failed = select(LedgerEvent.payload).where(
        LedgerEvent.job_id == name, LedgerEvent.event_type == EventType.STAGE_FAILED.value
    )
    with reading() as db:
        payload = db.scalar(failed.limit(1))
    return None if payload is None else Failure.of_event(Event.from_dict(payload))
