"""Choose the model of a clip: the one that is named, or the best one that can be reached."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import redis
from sqlalchemy.orm import Session

from tasks.domain.errors import EngineUnavailable
from tasks.domain.hosted import LOCAL, SPEECH, STAGE
from tasks.nodes import key_limits
from tasks.nodes import registry as nodes
from web.providers import registry, rendering, routing, statistics
from web.providers.errors import NoModelFits
from web.providers.models import ProviderModel
from web.providers.routing import DRAFT, Candidate, Wish
from web.services import Services


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
    label: bool = False
    """Whether a visible label says that the clip is AI-generated."""
    draft: bool = False
    """Whether a cheap one in 360p is made first."""
    from_draft: str = ""
    """The job of a draft that is approved: the rest of the request is that of the draft."""
    speech: str = ""
    """What the person in the first frame says to the camera."""
    speech_language: str = ""
    speech_voice: str = ""

    @property
    def frames(self) -> dict[str, str]:
        named = {"first_frame": self.first_frame, "last_frame": self.last_frame}
        return {name: file_id for name, file_id in named.items() if file_id}

    def to_options(self) -> dict[str, Any]:
        """Describe the request as the options of its job."""
        fields = asdict(self)
        spoken = SPEECH if not self.speech else ()
        return {"pipeline": STAGE, **{n: v for n, v in fields.items() if n not in spoken}}

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
            resolution=DRAFT if self.draft else self.resolution,
            draft=self.draft,
            audio=self.audio,
            first_frame=bool(self.first_frame),
            last_frame=bool(self.last_frame),
            speech=bool(self.speech),
            may_speak=services.settings.consent != "required",
            region=billing.region,
            billed=billing.is_on,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The model of a clip, and what the clip may cost with its fallback."""

    candidate: Candidate
    why: str
    quote_micro: int
    """Millionths of a dollar: the dearer one of the two models that may be tried."""


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


def workers(services: Services, model: ProviderModel) -> int:
    """Count the live workers that can use a model."""
    try:
        alive = nodes.alive(services.redis)
    except redis.RedisError:
        return 0
    if model.provider == LOCAL:
        return rendering.makers(alive)
    return sum(model.provider in node.extra.get("providers", ()) for node in alive)


def choose(
    services: Services,
    db: Session,
    wanted: ClipRequest,
    reachable: Collection[str],
    *,
    without: Collection[str] = (),
    most_micro: int | None = None,
    preferred: str = "",
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
    found = _with_room(services, routing.hosted_first(found))
    ordered = routing.order(found, wanted.routing)
    ordered.sort(key=lambda one: one.model.id != preferred)
    first = ordered[0]
    why = replaced or (
        "named by the request" if wanted.model else routing.reason(first, found, wanted.routing)
    )
    return Choice(first, why, max(one.price_micro for one in ordered[:2]))


def _with_room(services: Services, found: list[Candidate]) -> list[Candidate]:
    """Note which candidates have keys without room; without Redis, all are taken to have some."""
    if len(found) < 2:
        return found
    try:
        alive = nodes.alive(services.redis)
        names = {str(name) for node in alive for name in node.extra.get("provider_keys", ())}
        names |= {f"{key.provider}:{key.label}" for key in services.settings.providers.keys}
        return [replace(one, has_room=_has_room(services, one, names)) for one in found]
    except redis.RedisError:
        return found


def _has_room(services: Services, one: Candidate, names: Collection[str]) -> bool:
    mine = sorted(name for name in names if name.partition(":")[0] == one.model.provider)
    if not mine:
        return True
    room = key_limits.have_room(services.redis, mine, one.model.a_minute, one.model.at_once)
    return any(room.values())


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
