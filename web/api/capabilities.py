"""What the system can do now."""

from __future__ import annotations

from typing import Any

import redis

from tasks.domain.errors import NotReady
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.capabilities import Capabilities
from web.jobs.production_mode import ProductionModeManager
from web.services import current_services

capabilities = Blueprint("capabilities", __name__, description="What can be done now.")


@capabilities.get("/capabilities")
@capabilities.response(200, Capabilities)
@documented_errors(capabilities, 503, "NOT_READY")
def now() -> dict[str, Any]:
    """Environments, engines, how many workers, and what each stage would use in each mode"""
    try:
        return ProductionModeManager(current_services()).get_system_capabilities()
    except redis.RedisError:
        raise NotReady from None
