"""Report the processing modes and what each stage can do in them."""

from __future__ import annotations

import logging
from typing import Any

import redis

from config.stages import STAGES
from tasks.domain.job import MODES, JobOptions
from tasks.domain.offers import Offer, first_choices
from tasks.messaging import keys
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.jobs.history import history
from web.services import Services
from web.workers import capabilities

log = logging.getLogger(__name__)


class ProductionModeManager:
    """Knows the default mode of jobs, and what each stage could do in each mode.

    Needs an application context around its calls: expected times come from the database.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def current_mode(self) -> str:
        """Get the mode of jobs that name none: the one set last, else `DEFAULT_MODE`."""
        try:
            chosen: Any = self._services.redis.get(keys.MODE)
        except redis.RedisError as error:
            log.warning(
                "redis unavailable, using DEFAULT_MODE", extra={"error": type(error).__name__}
            )
            chosen = None
        return str(chosen or self._services.settings.default_mode)

    def set_processing_mode(self, mode: str) -> None:
        """Set the default mode for all processes, until it is set again or Redis is emptied."""
        if mode not in MODES:
            raise ValueError(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
        self._services.redis.set(keys.MODE, mode)

    def get_system_capabilities(self) -> dict[str, Any]:
        """Build the answer of `GET /capabilities`."""
        return capabilities.report(self._alive(), self.current_mode, history(self._services))

    def can_run_stage_in_production(self, stage: str) -> bool:
        """Return whether a live worker has a real engine for this stage."""
        if stage not in STAGES:
            raise ValueError(f"there is no stage {stage!r}; there are {', '.join(STAGES)}")
        return first_choices(self._offers(), JobOptions(mode="production"))[stage] is not None

    def _offers(self) -> list[Offer]:
        return [offer for node in self._alive() for offer in node.offers]

    def _alive(self) -> list[Node]:
        return registry.alive(self._services.redis)
