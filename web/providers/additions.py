"""Let operators add providers and models, and record the outcome of unknown purchases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import ValidationFailed
from tasks.domain.hosted import LOCAL
from web.audit import log as audit
from web.audit.log import Actor
from web.providers import calls
from web.providers.errors import CallNotFound
from web.providers.models import Provider, ProviderCall, ProviderModel

MICRO: Final = 1_000_000
_OF_PROVIDER: Final = ("title", "wire", "base_url", "hosts", "enabled")


def put_model(db: Session, actor: Actor, given: Mapping[str, Any]) -> ProviderModel:
    """Add a model, and its provider with it if that is new; or change what an operator added.

    What a release brought can be changed, too: prices and dates are the operator's to know.
    """
    wanted = dict(given)
    service = wanted.pop("service", None)
    provider = _put_provider(db, actor, wanted["provider"], service)
    model_id = f"{provider.name}/{wanted.pop('id')}"
    if "dollars_a_second" in wanted:
        wanted["price_micro"] = round(MICRO * wanted.pop("dollars_a_second"))
    if "draft_dollars_a_second" in wanted:
        draft = wanted.pop("draft_dollars_a_second")
        wanted["draft_price_micro"] = None if draft is None else round(MICRO * draft)
    replacement = wanted.get("replacement")
    if replacement and db.get(ProviderModel, replacement) is None:
        raise _wrong("replacement", "There is no such model.")
    model = db.get(ProviderModel, model_id)
    if model is None:
        missing = [name for name in ("name", "takes") if not wanted.get(name)]
        if missing:
            raise _wrong(missing[0], "A new model needs it.")
        model = ProviderModel(id=model_id, added_by=actor.name, title=wanted["name"])
        db.add(model)
    for name, value in wanted.items():
        setattr(model, name, value)
    db.flush()
    audit.record(db, actor, "model_put", model_id)
    return model


def _put_provider(
    db: Session, actor: Actor, name: str, service: Mapping[str, Any] | None
) -> Provider:
    provider = db.get(Provider, name)
    if service is not None and name == LOCAL:
        raise _wrong("service", "Local models are made by the workers; they have no address.")
    if provider is None:
        if service is None or not {"wire", "base_url"} <= set(service):
            raise _wrong("service", "A new provider needs its `wire` and `base_url`.")
        provider = Provider(name=name, title=name, added_by=actor.name)
        db.add(provider)
    for field, value in (service or {}).items():
        if field in _OF_PROVIDER:
            setattr(provider, field, value)
    db.flush()
    return provider


def calls_in(db: Session, state: str | None, limit: int) -> list[ProviderCall]:
    """List calls, the newest first."""
    found = select(ProviderCall).order_by(ProviderCall.created_at.desc()).limit(limit)
    if state:
        found = found.where(ProviderCall.state == state)
    return list(db.scalars(found))


def resolve(db: Session, actor: Actor, call_id: str, *, bought: bool, task_id: str) -> ProviderCall:
    """Record what an operator has found out about an unknown purchase; nothing is bought."""
    call = db.get(ProviderCall, call_id, with_for_update=True)
    if call is None:
        raise CallNotFound
    if not calls.resolve(call, bought=bought, task_id=task_id):
        raise _wrong("call_id", "It is known what became of this call.")
    audit.record(db, actor, "provider_call_resolved", call_id)
    return call


def report(call: ProviderCall) -> dict[str, Any]:
    """Describe a call for operators; keys have labels only."""
    columns = ("job_id", "provider", "model_id", "why", "state", "attempt", "task_id", "spent")
    times = ("created_at", "asked_at", "submitted_at", "finished_at")
    return {
        "id": call.id,
        **{name: getattr(call, name) for name in (*columns, *times)},
        "key": call.key_label,
        "cause": call.cause,
        "message": call.message,
        "dollars": call.price_micro / MICRO,
        "told_dollars": None if call.told_micro is None else call.told_micro / MICRO,
        "prompt": str(call.order.get("prompt", ""))[:200],
    }


def _wrong(field: str, message: str) -> ValidationFailed:
    return ValidationFailed(errors=[{"field": field, "message": message}])
