"""List models for people: which are there, which can be used now, and how they compare."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tasks.domain.errors import EngineUnavailable
from web.db.engine import reading
from web.providers import choosing, registry, statistics
from web.providers.models import CLOSED
from web.providers.statistics import Record
from web.services import Services


def models(
    services: Services, *, provider: str = "", state: str = "", compare: bool = False
) -> list[dict[str, Any]]:
    """List models, with their records to compare them."""
    day = registry.today()
    try:
        reachable = choosing.reachable_providers(services)
    except EngineUnavailable:
        reachable = set()
    with reading() as db:
        enabled = {name for name, one in registry.providers(db).items() if one.enabled}
        known = statistics.records(db) if compare else {}
        found = []
        for model in registry.listed(db):
            life = model.state_on(day)
            if (provider and model.provider != provider) or (state and life != state):
                continue
            usable = life != CLOSED and model.provider in reachable & enabled
            entry = registry.report(model, day) | {"available": usable}
            if compare:
                entry["record"] = asdict(known.get(model.id, Record()))
            found.append(entry)
        return found
