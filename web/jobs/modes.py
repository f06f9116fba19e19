"""Processing modes: the default of jobs, and what each stage can do in each mode."""

from __future__ import annotations

import logging
from typing import Any

import redis

from config.stages import STAGES
from tasks.domain.job import MODES, JobOptions
from tasks.domain.offers import first_choices
from tasks.messaging import keys
from tasks.nodes import registry
from web.jobs.history import history
from web.jobs.stage_names import canonical
from web.services import Services
from web.workers import capabilities

log = logging.getLogger(__name__)


def current_mode(services: Services) -> str:
    """Return the mode of jobs that name none: the one set last, else `DEFAULT_MODE`."""
    try:
        chosen: Any = services.redis.get(keys.MODE)
    except redis.RedisError as error:
        log.warning("redis unavailable, using DEFAULT_MODE", extra={"error": type(error).__name__})
        chosen = None
    return str(chosen or services.settings.default_mode)


def set_mode(services: Services, mode: str) -> None:
    """Set the default mode for all processes, until it is set again or Redis is emptied."""
    if mode not in MODES:
        raise ValueError(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
    services.redis.set(keys.MODE, mode)


def report(services: Services) -> dict[str, Any]:
    """Report engines, modes and estimated durations; needs an application context."""
    alive = registry.alive(services.redis)
    return capabilities.report(alive, current_mode(services), history(services))


def has_real_engine(services: Services, stage: str) -> bool:
    """Return whether a live worker has a real engine for this stage."""
    name = canonical(stage)
    if name not in STAGES:
        raise ValueError(f"there is no stage {stage!r}; there are {', '.join(STAGES)}")
    offers = [offer for node in registry.alive(services.redis) for offer in node.offers]
    return first_choices(offers, JobOptions(mode="production"))[name] is not None
