"""Workers: which of them live, and what they can do."""

from __future__ import annotations

from typing import Any

import redis
from flask_smorest import Blueprint

from tasks import nodes
from tasks.domain.errors import NotReady
from web.api.refusals import refuses
from web.schemas.workers import Workers
from web.services import services

workers = Blueprint("workers", __name__, description="Who does the work.")


@workers.get("/workers")
@workers.response(200, Workers)
@refuses(workers, 503, "NOT_READY")
def listing() -> dict[str, Any]:
    """The workers that are alive, and what each of them does"""
    try:
        return {"workers": nodes.alive(services().redis)}
    except redis.RedisError:
        raise NotReady from None
