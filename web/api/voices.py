"""The voices route: the voices that a job may name."""

from __future__ import annotations

from typing import Any

import redis

from tasks.domain.errors import NotReady
from tasks.nodes import registry
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.voices import Voices
from web.services import current_services
from web.workers.voices import listed

voices = Blueprint("voices", __name__, description="Voices of the live workers.")


@voices.get("/voices")
@voices.response(200, Voices)
@documented_errors(voices, 503, "NOT_READY")
def listing() -> dict[str, Any]:
    """List the voices that a job may name, with language, gender, style and licence"""
    try:
        return {"voices": listed(registry.alive(current_services().redis))}
    except redis.RedisError:
        raise NotReady from None
