"""What a process of the control plane holds: made once, handed down, never global."""

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
from tasks.messaging.redis_client import connect, connect_fail_fast
from tasks.store.artifacts import Artifacts
from web.state_directory import StateDirectory
from web.uploads.quarantine import Quarantine
from web.uploads.validator import SecureFileValidator, open_scanner, open_validator


@dataclass(frozen=True, slots=True)
class Services:
    """The parts outside this process, each opened once."""

    settings: Settings
    redis: redis.Redis
    bus: EventBus
    artifacts: Artifacts
    celery: Celery
    validator: SecureFileValidator
    quarantine: Quarantine
    circuit_breakers: CircuitBreakers
    secret_key: bytes = field(repr=False)
    """Signs links and salts cached results; the same in every process of the control plane."""
    call_keys: CallKeys
    """Derived from it: they sign what workers are told to do."""


def open_services(settings: Settings) -> Services:
    """Connects to nothing yet: a part that is away is found by the call that needs it."""
    client = connect(settings)
    outside = CircuitBreakers(connect_fail_fast(settings))
    secret = secret_key(settings)
    return Services(
        settings=settings,
        redis=client,
        bus=EventBus(client),
        artifacts=Artifacts(settings.artifacts_url, outside),
        celery=make_sender(settings),
        validator=open_validator(settings, open_scanner(settings, outside)),
        quarantine=Quarantine(settings.path("quarantine")),
        circuit_breakers=outside,
        secret_key=secret,
        call_keys=CallKeys.derive(secret),
    )


def secret_key(settings: Settings) -> bytes:
    """The secret of the installation; the first process that needs it makes it."""
    return (settings.secret_key or StateDirectory(settings.state).secret("secret-key")).encode()


def current_services() -> Services:
    """Those of the application that is handling this request."""
    held: Services = current_app.extensions["callsheet"]
    return held
