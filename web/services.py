"""What a process of the control plane holds: made once, handed down, never global."""

from __future__ import annotations

from dataclasses import dataclass

import redis
from celery import Celery
from flask import current_app

from config.settings import Settings
from tasks.app import sender
from tasks.artifacts import Artifacts
from tasks.bus import Bus
from tasks.redis_client import connect


@dataclass(frozen=True, slots=True)
class Services:
    """The parts outside this process, each opened once."""

    settings: Settings
    redis: redis.Redis
    bus: Bus
    artifacts: Artifacts
    celery: Celery


def open_services(settings: Settings) -> Services:
    """Connects to nothing yet: a part that is away is found by the call that needs it."""
    client = connect(settings)
    return Services(
        settings=settings,
        redis=client,
        bus=Bus(client),
        artifacts=Artifacts(settings.artifacts_url),
        celery=sender(settings),
    )


def services() -> Services:
    """Those of the application that is handling this request."""
    held: Services = current_app.extensions["callsheet"]
    return held
