"""The capabilities route: environments, engines and modes."""

from __future__ import annotations

from typing import Any

import redis

from tasks.domain.errors import NotReady
from web.accounts import providers, relying_parties, verification
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.capabilities import Capabilities
from web.billing import reports as billing
from web.jobs import modes
from web.services import current_services

capabilities = Blueprint("capabilities", __name__, description="Environments, engines and modes.")


@capabilities.get("/capabilities")
@capabilities.response(200, Capabilities)
@documented_errors(capabilities, 503, "NOT_READY")
def get_capabilities() -> dict[str, Any]:
    """List environments, engines, worker counts, and the engine each mode would use per stage"""
    try:
        found = modes.report(current_services())
    except redis.RedisError:
        raise NotReady from None
    settings = current_services().settings
    party = relying_parties.find(settings)
    accounts = {
        "mode": settings.accounts.auth,
        "registration": settings.accounts.registration,
        "verification": verification.is_on(settings),
        "providers": providers.names(settings),
        "passkey_origins": [] if party is None else list(party.origins),
    }
    live = {"url": settings.live.base or None}
    billed = billing.capabilities(settings)
    return found | {"accounts": accounts, "billing": billed, "live": live}
