"""`ProductionModeManager`: the first design's name for processing modes."""

from __future__ import annotations

from typing import Any

from web.compat.standalone import ensure_app_context
from web.jobs import modes
from web.services import Services, current_services


class ProductionModeManager:
    """Knows the default mode of jobs, and what each stage can do in each mode."""

    def __init__(self, services: Services | None = None) -> None:
        with ensure_app_context():
            self._services = services or current_services()

    @property
    def current_mode(self) -> str:
        """Get the mode of jobs that name none."""
        return modes.current_mode(self._services)

    def set_processing_mode(self, mode: str) -> None:
        """Set the default mode for all processes."""
        modes.set_mode(self._services, mode)

    def get_system_capabilities(self) -> dict[str, Any]:
        """Build the report of modes, engines and environments in `GET /capabilities`."""
        with ensure_app_context():
            return modes.report(self._services)

    def can_run_stage_in_production(self, stage: str) -> bool:
        """Return whether a live worker has a real engine for a stage, by today's or former name."""
        return modes.has_real_engine(self._services, stage)
