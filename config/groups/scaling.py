"""The settings of environments whose workers come and go with the load."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from config.environments import ENVIRONMENTS
from config.setting import setting


@dataclass(frozen=True, slots=True)
class ScalingSettings:
    """Which environments may have no workers at the moment, and how long a job waits for them."""

    autoscaled_environments: tuple[str, ...] = setting(
        (),
        "AUTOSCALED_ENVIRONMENTS",
        "Environments that are scaled to zero, separated by commas: they count as available, and "
        "jobs wait until their workers have started.",
    )
    start_minutes: float = setting(
        10.0,
        "AUTOSCALED_START_MINUTES",
        "How long a job waits for the workers of an autoscaled environment to start before it "
        "takes another engine.",
    )

    def problems(self) -> list[str]:
        """List the names that are no environments."""
        known = ", ".join(ENVIRONMENTS)
        return [
            f"AUTOSCALED_ENVIRONMENTS must name environments ({known}), not {name!r}"
            for name in sorted(set(self.autoscaled_environments) - ENVIRONMENTS.keys())
        ]

    @property
    def start_time(self) -> timedelta:
        return timedelta(minutes=self.start_minutes)
