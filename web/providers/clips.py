"""Start a clip: choose its model, hold what it may cost, and insert its first call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.errors import EngineUnavailable, ValidationFailed
from tasks.domain.hosted import LOCAL, STAGE, ClipOrder
from tasks.nodes import registry as nodes
from web.accounts import api_keys, plans
from web.billing import charging
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.publish import wake_controller
from web.images import listing
from web.images.models import REJECTED
from web.jobs import idempotency, inputs, queue, stage_runs, tracing, transitions
from web.jobs.charging import Origin
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.models import Job
from web.jobs.submission import Submission, WithJob, repeated
from web.providers import calls, pricing, registry, rendering, reporting, routing, statistics
from web.providers.errors import NoModelFits
from web.providers.models import ProviderCall, ProviderModel
from web.providers.routing import Candidate, Wish
from web.services import Services
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits, require_job_space
from web.sessions.models import Upload

QUOTE: Final = "quote_micro"
"""The option with the most that a clip may cost, in millionths of a dollar."""
FRAMES: Final = ("first_frame", "last_frame")


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """What a request asks for."""

    prompt: str
    duration: float
    ratio: str
    resolution: str = ""
    negative_prompt: str = ""
    seed: int | None = None
    audio: bool = False
    first_frame: str = ""
    """The id of an upload of the session, or of a picture of `GET /api/images`."""
    last_frame: str = ""
    model: str = ""
    routing: str = "balanced"
    allow_replacement: bool = False

    @property
    def frames(self) -> dict[str, str]:
        named = {"first_frame": self.first_frame, "last_frame": self.last_frame}
        return {name: file_id for name, file_id in named.items() if file_id}

    def to_options(self) -> dict[str, Any]:
        """Describe the request as the options of its job."""
        return {"pipeline": STAGE, **asdict(self)}

    @classmethod
    def of_options(cls, options: dict[str, Any]) -> ClipRequest:
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in options.items() if name in known})

    def wish(self, services: Services) -> Wish:
        billing = services.settings.billing
        return Wish(
            prompt=self.prompt,
            seconds=self.duration,
            ratio=self.ratio,
            resolution=self.resolution,
            audio=self.audio,
            first_frame=bool(self.first_frame),
            last_frame=bool(self.last_frame),
            region=billing.region,
            billed=billing.is_on,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The model of a clip, and what the clip may cost with its fallback."""

    candidate: Candidate
    why: str
    quote_micro: int


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
    reachable = reachable_providers(services)
    with writing(durable=True) as db:
        known = idempotency.earlier(db, request)
        if known is not None:
            return Submission(db.get_one(Job, known.job_id), repeated=True, nonce=known.nonce)
        if origin.key_id is not None:
            api_keys.count_job(db, origin.key_id)
        choice = choose(services, db, wanted, reachable)
        job = _insert(services, db, session_id, wanted, choice, owner=owner)
        if with_job is not None:
            with_job(db, job)
        if request is not None:
            idempotency.remember(db, request, job.id)
        open_call(services, db, job, wanted, choice)
        terms = pricing.terms(services, choice.candidate, choice.quote_micro)
        if charging.hold_terms(services, db, job, origin, terms):
            transitions.bill(job)
    with log_context.bound(session_id=session_id, job_id=job.id):
        tracing.store_trace(services, job.id)
    wake_controller(services)
    return Submission(job, repeated=False)


def reachable_providers(services: Services) -> set[str]:
    """Return the providers for which a live worker has a key; raises without any."""
    try:
        alive = nodes.alive(services.redis)
    except redis.RedisError:
        alive = []
    found = {str(name) for node in alive for name in node.extra.get("providers", ())}
    found |= {key.provider for key in services.settings.providers.keys}
    found |= {LOCAL} if rendering.makers(alive) else set()
    if not found:
        raise EngineUnavailable(
            "No worker has a key of a video provider, or the local models. Contact the operator."
        )
    return found


def choose(
    services: Services,
    db: Session,
    wanted: ClipRequest,
    reachable: Collection[str],
    *,
    without: Collection[str] = (),
    most_micro: int | None = None,
    allow_local: bool = True,
) -> Choice:
    """Choose the model that a request names, or the best one; raises if none fits."""
    wish = replace(wanted.wish(services), most_micro=most_micro)
    day = registry.today()
    replaced = ""
    if wanted.model:
        model, replaced = registry.usable(
            db, wanted.model, allow_replacement=wanted.allow_replacement
        )
        _require_fit(model, wish)
        models = [model]
    else:
        known = registry.listed(db)
        on = {name for name, one in registry.providers(db).items() if one.enabled}
        on -= set() if allow_local else {LOCAL}
        models = [one for one in known if one.provider in on and one.id not in without]
    found = routing.candidates(models, wish, statistics.records(db), reachable, day)
    if not found:
        raise _none(models, wish, reachable)
    found = routing.hosted_first(found)
    ordered = routing.order(found, wanted.routing)
    first = ordered[0]
    why = replaced or (
        "named by the request" if wanted.model else routing.reason(first, found, wanted.routing)
    )
    return Choice(first, why, max(one.price_micro for one in ordered[:2]))


def _require_fit(model: ProviderModel, wish: Wish) -> None:
    why = routing.misfit(model, wish, registry.today())
    if why:
        message = f"{model.title} cannot make this clip: {why}."
        raise NoModelFits(message, errors=[{"field": "model", "message": message}])


def _none(models: list[ProviderModel], wish: Wish, reachable: Collection[str]) -> Exception:
    """Return the error that says why no model is left."""
    day = registry.today()
    fitting = [one for one in models if not routing.misfit(one, wish, day)]
    if fitting and not {one.provider for one in fitting} & set(reachable):
        return EngineUnavailable("No worker has a key of a provider whose model fits.")
    return NoModelFits()


def _insert(
    services: Services,
    db: Session,
    session_id: str,
    wanted: ClipRequest,
    choice: Choice,
    *,
    owner: str | None,
) -> Job:
    room = lifecycle.find_active(db, session_id, SessionLimits.of(services.settings))
    queue.require_user_capacity(db, room.owner, plans.job_limit(db, services.settings, room.owner))
    owners = {one for one in (owner, room.owner) if one}
    chosen = {
        name: _frame(db, session_id, owners, name, file_id)
        for name, file_id in wanted.frames.items()
    }
    return transitions.open_clip(
        db,
        session_id,
        request_id=log_context.ids().get("request_id", ""),
        options=wanted.to_options() | {QUOTE: choice.quote_micro},
        inputs={name: asdict(blob) for name, blob in chosen.items()},
    )


def _frame(db: Session, session_id: str, mine: Collection[str], name: str, file_id: str) -> Blob:
    """Find the picture of a frame among the uploads and the library of the caller."""
    upload = db.get(Upload, file_id)
    if upload is not None and (upload.session_id == session_id or upload.owner in mine):
        inputs.require_not_rejected(db, upload.owner, upload.sha256)
        return upload.blob
    item = listing.find(db, "face", file_id) if file_id.startswith("img") else None
    if item is None or item.owner not in mine or item.moderation == REJECTED:
        message = "No such picture. Name an upload of this session or a picture of your library."
        raise ValidationFailed(errors=[{"field": name, "message": message}])
    return item.blob


def open_call(
    services: Services, db: Session, job: Job, wanted: ClipRequest, choice: Choice
) -> None:
    """Insert the call to the chosen model."""
    model = choice.candidate.model
    provider = registry.providers(db)[model.provider]
    order = order_of(job, wanted, choice.candidate)
    remote = registry.remote(provider, model)
    price = calls.price_of(model, order.seconds)
    cost = pricing.credits_of(services, price)
    call = calls.open_call(
        db, job, model, remote, order, why=choice.why, credits_micro=cost, at=now()
    )
    stage_runs.ensure(db, job, STAGE, model.id, reporting.kind_of(call))


def order_of(job: Job, wanted: ClipRequest, candidate: Candidate) -> ClipOrder:
    """Return what the chosen model is asked for."""
    frames = {name: Blob(**blob) for name, blob in job.inputs.items() if name in FRAMES}
    resolutions = candidate.model.resolutions
    return ClipOrder(
        prompt=wanted.prompt,
        seconds=candidate.seconds,
        ratio=wanted.ratio,
        resolution=wanted.resolution or (resolutions[0] if resolutions else ""),
        negative_prompt=wanted.negative_prompt,
        seed=wanted.seed,
        audio=wanted.audio,
        first_frame=frames.get("first_frame"),
        last_frame=frames.get("last_frame"),
    )


def warnings(job_id: str) -> list[dict[str, Any]]:
    """Warn about the model of a clip, if it is on its way out."""
    with reading() as db:
        call = db.scalar(select(ProviderCall).where(ProviderCall.job_id == job_id).limit(1))
        model = None if call is None else db.get(ProviderModel, call.model_id)
        found = None if model is None else registry.warning(model, registry.today())
    return [] if found is None else [dict(found)]
