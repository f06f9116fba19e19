"""Probe the services that the system depends on, each within its time-out.

A service that hangs blocks one thread, not one per request: a pending probe is awaited again,
never started twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy import Engine, text

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.db.engine import db
from web.monitoring.heartbeats import LEADER, known
from web.monitoring.turning import why_not_turning
from web.services import Services

TIMEOUT_SECONDS = 2.0

Check = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a probe."""

    ok: bool
    milliseconds: float
    why: str = ""


@dataclass(slots=True)
class Probes:
    """The probes of one process, and those still pending."""

    checks: Mapping[str, Check]
    dispensable: frozenset[str] = frozenset()
    """Services that are reported but whose failure is not unhealthy."""
    watched: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Parts of this process; reported only while they fail, with the reason."""
    _pending: dict[str, Future[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run_all(self) -> dict[str, Answer]:
        """Probe all services at once, each within the time-out."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        pending = {name: self._start(name) for name in self.checks}
        answers = {name: _answer(future, deadline) for name, future in pending.items()}
        failing = {name: check() for name, check in self.watched.items()}
        return answers | {name: Answer(False, 0.0, why) for name, why in failing.items() if why}

    def well(self, answers: Mapping[str, Answer]) -> bool:
        """Return whether all required services have answered."""
        return all(a.ok for name, a in answers.items() if name not in self.dispensable)

    def _start(self, name: str) -> Future[float]:
        with self._lock:
            known = self._pending.get(name)
            if known is not None and not known.done():
                return known
            future = self._pending[name] = Future()
        thread = threading.Thread(
            target=_run,
            args=(self.checks[name], future),
            name=f"probe-{name}",
            daemon=True,
        )
        thread.start()
        return future


def open_probes(app: Flask, services: Services) -> Probes:
    """Return the probes of all services that the API needs."""
    with app.app_context():
        engine = db.engine
    checks: dict[str, Check] = {
        "database": lambda: _check_database(engine),
        "redis": services.redis.ping,
        "store": services.artifacts.check,
        "control": lambda: _check_control(services),
    }
    clamd = services.settings.clamd
    if clamd != "off":
        checks["clamd"] = lambda: _check_clamd(services)
    dispensable = frozenset[str]() if clamd == "required" else frozenset({"clamd"})
    return Probes(checks, dispensable, {"live events": lambda: _hub_failure(app)})


def _hub_failure(app: Flask) -> str:
    """Return why this process delivers no live events; "" if it does or does not serve."""
    hub = app.extensions.get("hub")
    return "" if hub is None or hub.alive else "the thread that delivers them has ended"


def _check_clamd(services: Services) -> None:
    """Ping the scanner, and check its verdict if scanning is required."""
    scanner = services.validator.scanner
    if services.settings.clamd == "required":
        scanner.check()
    scanner.ping()


def _check_database(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _check_control(services: Services) -> None:
    """Check that a controller leads and makes progress."""
    if not services.redis.exists(keys.CONTROL):
        raise NotReady("no controller is leading")
    leaders = [process for process in known(services.redis) if process.role == LEADER]
    if leaders and not any(process.answers for process in leaders):
        silent = min(process.silent for process in leaders)
        raise NotReady(f"the leading controller has been silent for {silent:.0f} s")
    why = why_not_turning(services.redis)
    if why:
        raise NotReady(why)


def _run(check: Check, future: Future[float]) -> None:
    began = time.monotonic()
    try:
        check()
    except Exception as error:  # noqa: BLE001  a service may fail in any way; the probe reports it
        future.set_exception(error)
    else:
        future.set_result(time.monotonic() - began)


def _answer(future: Future[float], deadline: float) -> Answer:
    began = time.monotonic()
    try:
        seconds = future.result(max(0.0, deadline - began))
    except TimeoutError:
        return Answer(False, 1000 * TIMEOUT_SECONDS, "no answer in time")
    except NotReady as error:
        return Answer(False, 0.0, error.user_message)
    except Exception as error:  # noqa: BLE001  its name says enough, and no address leaks
        return Answer(False, 0.0, type(error).__name__)
    return Answer(True, round(1000 * seconds, 2))
