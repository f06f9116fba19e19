"""Workers as the control plane knows them: by their heartbeats."""

from __future__ import annotations

import redis

from config.stages import STAGES
from tasks.domain.offers import Offer
from tasks.nodes import registry


def simulated() -> tuple[Offer, ...]:
    """What a worker offers that can only pretend, but can assemble."""
    pretended = [
        Offer(stage, "simulated", "1", "simulated", "lite")
        for stage in STAGES
        if stage != "assemble"
    ]
    return (*pretended, Offer("assemble", "ffmpeg", "1", "lite", "lite"))


def real() -> tuple[Offer, ...]:
    """What a worker offers that can do everything."""
    return tuple(Offer(s.name, s.engines[0], "1", "real", s.environment) for s in STAGES.values())


def beat(client: redis.Redis, *offers: Offer, name: str = "lite@here") -> None:
    node = registry.Node(name, "lite", "here", 1, "cpu", 100, 1000, offers)
    registry.send_heartbeat(client, node)
