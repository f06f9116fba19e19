"""Everything that the operators' page shows, so that a tab sends one request in each interval."""

from __future__ import annotations

from typing import Any, Final

import redis

from tasks.domain.errors import NotReady
from tasks.nodes import registry
from web.db.engine import reading
from web.dead_letters import desk as letters
from web.images import moderation
from web.monitoring.reports import operations
from web.services import Services
from web.sessions.limits import SessionLimits
from web.storage import session_service
from web.trust import reports

_LISTED: Final = 50
_OPEN: Final = "open"


def overview(services: Services, hours: float) -> dict[str, Any]:
    """Collect the report of the last hours, the workers, and all lists with something to do."""
    try:
        workers = registry.alive(services.redis)
    except redis.RedisError:
        raise NotReady from None
    with reading() as db:
        report = operations.report(db, hours)
        pictures = [
            moderation.report(item) for item in moderation.queue(db, limit=_LISTED, offset=0)
        ]
    dead, next_cursor = letters.page(limit=_LISTED)
    open_reports = reports.page(state=_OPEN, cursor=None, limit=_LISTED)
    return {
        "operations": {
            **report,
            "queues": operations.queues(services),
            "flower_port": services.settings.flower_port,
        },
        "workers": workers,
        "sessions": {
            "sessions": session_service.active_sessions(),
            **session_service.usage(SessionLimits.of(services.settings)),
        },
        "quarantine": services.quarantine.records(),
        "moderation": pictures,
        "dead_letters": {
            "dead_letters": [letters.report(letter) for letter in dead],
            "next_cursor": next_cursor,
            "dropped": letters.dropped(None),
        },
        "reports": [reports.in_full(row) for row in open_reports.rows],
    }
