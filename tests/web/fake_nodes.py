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


def beat_hosted(client: redis.Redis, *providers: str) -> None:
    """Announce a worker that has keys of these video providers."""
    extra = {"providers": list(providers)}
    node = registry.Node("hosted@here", "hosted", "here", 2, "cpu", 100, 1000, (), extra=extra)
    registry.send_heartbeat(client, node)


def beat(client: redis.Redis, *offers: Offer, name: str = "lite@here") -> None:
    node = registry.Node(name, "lite", "here", 1, "cpu", 100, 1000, offers)
    registry.send_heartbeat(client, node)
