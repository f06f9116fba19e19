"""Start a clip: choose its model, hold what it may cost, and insert its first call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.errors import ValidationFailed
from tasks.domain.hosted import STAGE, ClipOrder
from web.accounts import api_keys, plans
from web.billing import charging
from web.db.columns import now
from web.db.engine import writing
from web.events.publish import wake_controller
from web.images import listing
from web.images.models import REJECTED
from web.jobs import idempotency, inputs, queue, report, stage_runs, tracing, transitions
from web.jobs.charging import Origin
from web.jobs.consent import require_consent
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.models import CLIP, Job
from web.jobs.submission import Submission, WithJob, repeated
from web.providers import calls, choosing, drafts, pricing, quoting, registry, reporting
from web.providers.choosing import Choice, ClipRequest
from web.providers.models import ProviderCall, ProviderModel
from web.providers.routing import DRAFT, Candidate
from web.services import Services
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits, require_job_space
from web.sessions.models import Upload, UserSession

QUOTE: Final = "quote_micro"
"""The option with the most that a clip may cost, in millionths of a dollar."""
UNMARKED: Final = "unmarked"
"""The option of a clip that is refused if it has a foreign mark, and made by another model."""
FRAMES: Final = ("first_frame", "last_frame")


def start(
    services: Services,
    session_id: str,
    wanted: ClipRequest,
    request: IdempotencyRequest | None,
    *,
    owner: str | None,
    origin: Origin,
    with_job: WithJob | None = None,
) -> Submission:
    """Accept a clip, or find the job of an earlier request under the same key."""
    earlier = repeated(request)
    if earlier is not None:
        return earlier
    require_job_space(services)
    reachable = choosing.reachable_providers(services)
    with writing(durable=True) as db:
        known = idempotency.earlier(db, request)
        if known is not None:
            return Submission(db.get_one(Job, known.job_id), repeated=True, nonce=known.nonce)
        room = lifecycle.find_active(db, session_id, SessionLimits.of(services.settings))
        wanted, draft = drafts.approved(db, wanted, room)
        quoted = quoting.named(services, db, origin, room.owner, wanted)
        choice = quoting.choose_within(services, db, wanted, reachable, quoted)
        require_capacity(services, db, room, origin)
        owners = {one for one in (owner, room.owner) if one}
        job = _insert(db, room, wanted, choice, owners=owners, draft=draft)
        if with_job is not None:
            with_job(db, job)
        if request is not None:
            idempotency.remember(db, request, job.id)
        open_call(services, db, job, wanted, choice)
        terms = pricing.terms(services, choice.candidate, choice.quote_micro)
        version = None if quoted is None else quoted.version
        terms = terms if quoted is None else quoted.terms
        if charging.hold_terms(services, db, job, origin, terms, version=version):
            transitions.bill(job)
    with log_context.bound(session_id=session_id, job_id=job.id):
        tracing.store_trace(services, job.id)
    wake_controller(services)
    return Submission(job, repeated=False)


def require_capacity(services: Services, db: Session, room: UserSession, origin: Origin) -> None:
    """Count a job for its API key and its owner; raises if one has too many."""
    if origin.key_id is not None:
        api_keys.count_job(db, origin.key_id)
    queue.require_user_capacity(db, room.owner, plans.job_limit(db, services.settings, room.owner))


def _insert(
    db: Session,
    room: UserSession,
    wanted: ClipRequest,
    choice: Choice,
    *,
    owners: Collection[str],
    draft: Job | None,
) -> Job:
    chosen = {
        name: asdict(_frame(db, room.id, owners, name, file_id))
        for name, file_id in wanted.frames.items()
    }
    return transitions.open_clip(
        db,
        room.id,
        request_id=log_context.ids().get("request_id", ""),
        options=wanted.to_options() | {QUOTE: choice.quote_micro},
        inputs=chosen if draft is None else draft.inputs,
    )


def _frame(db: Session, session_id: str, mine: Collection[str], name: str, file_id: str) -> Blob:
    """Find the picture of a frame among the uploads and the library of the caller."""
    upload = db.get(Upload, file_id)
    if upload is not None and (upload.session_id == session_id or upload.owner in mine):
        require_consent(db, upload)
        inputs.require_not_rejected(db, upload.owner, upload.sha256)
        return upload.blob
    item = listing.find(db, "face", file_id) if file_id.startswith("img") else None
    if item is None or item.owner not in mine or item.moderation == REJECTED:
        message = "No such picture. Name an upload of this session or a picture of your library."
        raise ValidationFailed(errors=[{"field": name, "message": message}])
    require_consent(db, item)
    return item.blob


def open_call(
    services: Services, db: Session, job: Job, wanted: ClipRequest, choice: Choice
) -> None:
    """Insert the call to the chosen model."""
    model = choice.candidate.model
    provider = registry.providers(db)[model.provider]
    order = order_of(db, job, wanted, choice.candidate)
    remote = registry.remote(provider, model)
    price = calls.price_of(model, order.seconds, draft=wanted.draft)
    cost = pricing.credits_of(services, price)
    call = calls.open_call(
        *(db, job, model, remote, order),
        why=choice.why,
        credits_micro=cost,
        draft=wanted.draft,
        at=now(),
    )
    stage_runs.ensure(db, job, STAGE, model.id, reporting.kind_of(call))


def order_of(db: Session, job: Job, wanted: ClipRequest, candidate: Candidate) -> ClipOrder:
    """Return what the chosen model is asked for."""
    frames = {name: Blob(**blob) for name, blob in job.inputs.items() if name in FRAMES}
    resolutions = candidate.model.resolutions
    own = wanted.resolution or next((one for one in resolutions if one != DRAFT), "")
    task, key = drafts.task_of(db, wanted.from_draft, candidate.model.id)
    return ClipOrder(
        prompt=wanted.prompt,
        seconds=candidate.seconds,
        ratio=wanted.ratio,
        resolution=DRAFT if wanted.draft else own,
        negative_prompt=wanted.negative_prompt,
        seed=wanted.seed,
        audio=wanted.audio,
        first_frame=frames.get("first_frame"),
        last_frame=frames.get("last_frame"),
        label=wanted.label,
        draft_task=task,
        speech=wanted.speech,
        speech_language=wanted.speech_language,
        speech_voice=wanted.speech_voice,
        draft_key=key,
    )


def warnings(db: Session, job: Job) -> list[dict[str, Any]]:
    """Warn if the model of a clip is deprecated or will be closed."""
    mine = select(ProviderCall.model_id).where(ProviderCall.job_id == job.id)
    model_id = db.scalar(mine.order_by(ProviderCall.created_at.desc()).limit(1))
    model = None if model_id is None else db.get(ProviderModel, model_id)
    found = None if model is None else registry.warning(model, registry.today())
    return [] if found is None else [dict(found)]


report.declare_warnings(CLIP, warnings)
