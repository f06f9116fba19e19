"""The services of a control-plane process: opened once and passed down, never global."""

from __future__ import annotations

from dataclasses import dataclass, field

import redis
from celery import Celery
from flask import current_app

from config.settings import Settings
from tasks.circuit_breaker import CircuitBreakers
from tasks.messaging.app import make_sender
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.event_bus import EventBus
from tasks.messaging.queue_brokers import QueueBrokers
from tasks.messaging.redis_client import connect, connect_fail_fast
from tasks.store.artifacts import Artifacts
from web.secret_key import secret_key
from web.uploads.quarantine import Quarantine
from web.uploads.validation import Validator, open_scanner, open_validator


@dataclass(frozen=True, slots=True)
class Services:
    """The connections, stores and secrets that a process works with."""

    settings: Settings
    redis: redis.Redis
    queues: QueueBrokers
    bus: EventBus
    artifacts: Artifacts
    celery: Celery
    validator: Validator
    quarantine: Quarantine
    circuit_breakers: CircuitBreakers
    secret_key: bytes = field(repr=False)
    """Signs links and salts cached results; the same in every process of the control plane."""
    call_keys: CallKeys
    """Sign the calls to workers; derived from `secret_key`."""


def open_services(settings: Settings) -> Services:
    """Create the services without connecting; the first call that needs one connects to it."""
    client = connect(settings)
    breakers = CircuitBreakers(connect_fail_fast(settings))
    secret = secret_key(settings)
    return Services(
        settings=settings,
        redis=client,
        queues=QueueBrokers(settings, client),
        bus=EventBus(client),
        artifacts=Artifacts(settings.artifacts_url, breakers),
        celery=make_sender(settings),
        validator=open_validator(settings, open_scanner(settings, breakers)),
        quarantine=Quarantine(settings.path("quarantine")),
        circuit_breakers=breakers,
        secret_key=secret,
        call_keys=CallKeys.derive(secret),
    )


def current_services() -> Services:
    """Return the services of the current application."""
    services: Services = current_app.extensions["callsheet"]
    return services
