"""List models for people: which are there, which can be used now, and how they compare."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from tasks.domain.errors import EngineUnavailable
from web.db.engine import reading
from web.providers import choosing, registry, routing, statistics
from web.providers.calls import MICRO, price_of
from web.providers.choosing import ClipRequest
from web.providers.models import CLOSED, ProviderModel
from web.providers.routing import Wish
from web.providers.statistics import Record
from web.services import Services


def models(
    services: Services, *, provider: str = "", state: str = "", compare: ClipRequest | None = None
) -> list[dict[str, Any]]:
    """List models; with a request to compare them for, also their records and whether they fit."""
    day = registry.today()
    wish = None if compare is None else compare.wish(services)
    try:
        reachable = choosing.reachable_providers(services)
    except EngineUnavailable:
        reachable = set()
    with reading() as db:
        enabled = {name for name, one in registry.providers(db).items() if one.enabled}
        known = {} if wish is None else statistics.records(db)
        found = []
        for model in registry.listed(db):
            life = model.state_on(day)
            if (provider and model.provider != provider) or (state and life != state):
                continue
            usable = life != CLOSED and model.provider in reachable & enabled
            entry = registry.report(model, day) | {"available": usable}
            if wish is not None:
                entry["record"] = asdict(known.get(model.id, Record()))
                entry["fit"] = _fit(model, wish, day)
            found.append(entry)
        return found


def _fit(model: ProviderModel, wish: Wish, day: date) -> dict[str, Any]:
    """Say whether a model can make a clip, and what it would make for which price."""
    reasons = list(routing.misfits(model, wish, day))
    seconds = routing.duration(model, wish.seconds)
    if reasons or seconds is None:
        return {"fits": False, "reasons": reasons, "seconds": None, "dollars": None}
    dollars = price_of(model, seconds, draft=wish.draft) / MICRO
    return {"fits": True, "reasons": [], "seconds": seconds, "dollars": dollars}
