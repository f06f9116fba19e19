"""Find hosted models, and say what they can do and where they are in their life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.hosted import LOCAL, Remote
from web.db.columns import now
from web.providers.errors import ModelClosed, ModelNotFound
from web.providers.models import (
    CLOSED,
    DEPRECATED,
    RELEASED,
    Provider,
    ProviderModel,
)

MICRO: Final = 1_000_000
_MOST_REPLACEMENTS: Final = 8


def today() -> date:
    """Return the day (UTC) that states of models are told for."""
    return now().date()


def find(db: Session, name: str) -> ProviderModel:
    """Find a model by its id or by a name that people know; raises `ModelNotFound`."""
    model = db.get(ProviderModel, name)
    if model is not None:
        return model
    wanted = _plain(name)
    for one in db.scalars(select(ProviderModel).order_by(ProviderModel.id)):
        if wanted in {_plain(known) for known in (one.id, one.title, *one.aliases)}:
            return one
    raise ModelNotFound


def usable(db: Session, name: str, *, allow_replacement: bool) -> tuple[ProviderModel, str]:
    """Find a model that is not closed, and why it is another than the named one.

    Raises `ModelClosed` with the replacement, unless that is allowed.
    """
    model = find(db, name)
    if model.state_on(today()) != CLOSED:
        return model, ""
    other = replacement(db, model)
    if other is None or not allow_replacement:
        raise closed(model, other)
    return other, f"{model.title} is closed; {other.title} replaces it"


def replacement(db: Session, model: ProviderModel) -> ProviderModel | None:
    """Return the model to use instead of a closed one, which may have been replaced itself."""
    for _ in range(_MOST_REPLACEMENTS):
        other = db.get(ProviderModel, model.replacement) if model.replacement else None
        if other is None or other.state_on(today()) != CLOSED:
            return other
        model = other
    return None


def closed(model: ProviderModel, other: ProviderModel | None) -> ModelClosed:
    """Return the error that names the replacement."""
    since = f" since {model.closed_on.isoformat()}" if model.closed_on else ""
    instead = "" if other is None else f" Use `{other.id}`, or send `allow_replacement`."
    message = f"{model.title} is closed{since}.{instead}"
    error = {"field": "model", "message": message}
    if other is not None:
        error["replacement"] = other.id
    return ModelClosed(message, errors=[error])


def listed(db: Session) -> list[ProviderModel]:
    """List the models of all providers."""
    return list(db.scalars(select(ProviderModel).order_by(ProviderModel.id)))


def providers(db: Session) -> dict[str, Provider]:
    return {one.name: one for one in db.scalars(select(Provider).order_by(Provider.name))}


def remote(provider: Provider, model: ProviderModel) -> Remote:
    """Return how to reach a model."""
    return Remote(
        provider=provider.name,
        wire=provider.wire,
        base_url=provider.base_url,
        model=model.name,
        hosts=tuple(provider.hosts),
        a_minute=model.a_minute,
        at_once=model.at_once,
    )


def kind_of(model: ProviderModel) -> str:
    """Return `lite` for a model that workers run themselves, and `hosted` for others."""
    return "lite" if model.provider == LOCAL else "hosted"


def report(model: ProviderModel, day: date) -> dict[str, Any]:
    """Describe a model."""
    return {
        "id": model.id,
        "title": model.title,
        "aliases": model.aliases,
        "provider": model.provider,
        "kind": kind_of(model),
        "state": model.state_on(day),
        "released_on": model.released_on,
        "deprecated_on": model.deprecated_on,
        "closed_on": model.closed_on,
        "replacement": model.replacement or None,
        "takes": model.takes,
        "durations": model.durations,
        "any_duration": model.any_duration,
        "ratios": model.ratios,
        "resolutions": model.resolutions,
        "prompt_limit": model.prompt_limit,
        "price": {
            "dollars_a_second": model.price_micro / MICRO,
            "draft_dollars_a_second": None
            if model.draft_price_micro is None
            else model.draft_price_micro / MICRO,
            "checked_on": model.price_checked,
        },
        "licence": model.licence,
        "commercial_use": model.commercial_use,
        "excluded_regions": model.excluded_regions,
        "added_by_operator": model.added_by != "release",
        "note": model.note,
    }


def changes(models: Iterable[ProviderModel], day: date) -> list[dict[str, Any]]:
    """List what happens to models, the newest first; announced changes have dates in the future."""
    found = [
        {
            "date": when,
            "model": model.id,
            "title": model.title,
            "change": change,
            "announced": when > day,
            "replacement": (model.replacement or None) if change != RELEASED else None,
        }
        for model in models
        for change, when in (
            (RELEASED, model.released_on),
            (DEPRECATED, model.deprecated_on),
            (CLOSED, model.closed_on),
        )
        if when is not None
    ]
    return sorted(found, key=lambda one: (one["date"], str(one["model"])), reverse=True)


def warning(model: ProviderModel, day: date) -> dict[str, str] | None:
    """Warn of a model that is closed soon, or deprecated."""
    if model.deprecated_on is None and model.closed_on is None:
        return None
    if model.state_on(day) == DEPRECATED or (model.closed_on is not None and model.closed_on > day):
        until = f" and closes on {model.closed_on.isoformat()}" if model.closed_on else ""
        instead = f" Use `{model.replacement}` instead." if model.replacement else ""
        text = f"{model.title} is deprecated{until}.{instead}"
        return {"code": "MODEL_DEPRECATED", "message": text}
    return None


def plan_warnings(db: Session, name: str) -> list[dict[str, str]]:
    """Warn about the model that a stored plan names: it may have been closed since."""
    try:
        model = find(db, name)
    except ModelNotFound:
        return []
    if model.state_on(today()) == CLOSED:
        error = closed(model, replacement(db, model))
        return [{"code": error.code, "message": error.user_message}]
    found = warning(model, today())
    return [] if found is None else [found]


def _plain(name: str) -> str:
    """Spell a name so that `Sora 2`, `sora-2` and `SORA_2` are one.

    >>> _plain("Gen-3 Alpha") == _plain("gen_3 alpha")
    True
    """
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in "./")
