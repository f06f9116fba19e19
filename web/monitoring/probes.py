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

Question = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a probe."""

    ok: bool
    milliseconds: float
    why: str = ""


@dataclass(slots=True)
class Probes:
    """The probes of one process, and those still pending."""

    questions: Mapping[str, Question]
    dispensable: frozenset[str] = frozenset()
    """Services that are reported but whose failure is not unhealthy."""
    watched: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Parts of this process; reported only while they fail, with the reason."""
    _open: dict[str, Future[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask_all(self) -> dict[str, Answer]:
        """Probe all services at once, each within the time-out."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        asked = {name: self._ask(name) for name in self.questions}
        answers = {name: _answer(future, deadline) for name, future in asked.items()}
        wrong = {name: look() for name, look in self.watched.items()}
        return answers | {name: Answer(False, 0.0, why) for name, why in wrong.items() if why}

    def well(self, answers: Mapping[str, Answer]) -> bool:
        """Whether all required services have answered."""
        return all(a.ok for name, a in answers.items() if name not in self.dispensable)

    def _ask(self, name: str) -> Future[float]:
        with self._lock:
            known = self._open.get(name)
            if known is not None and not known.done():
                return known
            future = self._open[name] = Future()
        ask = threading.Thread(
            target=_carry_out,
            args=(self.questions[name], future),
            name=f"probe-{name}",
            daemon=True,
        )
        ask.start()
        return future


def open_probes(app: Flask, services: Services) -> Probes:
    """Return the probes of all services that the API needs."""
    with app.app_context():
        engine = db.engine
    questions: dict[str, Question] = {
        "database": lambda: _ask_database(engine),
        "redis": services.redis.ping,
        "store": services.artifacts.check,
        "control": lambda: _ask_control(services),
    }
    clamd = services.settings.clamd
    if clamd != "off":
        questions["clamd"] = lambda: _ask_clamd(services)
    dispensable = frozenset[str]() if clamd == "required" else frozenset({"clamd"})
    return Probes(questions, dispensable, {"live events": lambda: _deafness(app)})


def _deafness(app: Flask) -> str:
    """Return why this process delivers no live events; "" if it does or does not serve."""
    hub = app.extensions.get("hub")
    return "" if hub is None or hub.alive else "the thread that delivers them has ended"


def _ask_clamd(services: Services) -> None:
    """Ping the scanner, and check its verdict if scanning is required."""
    scanner = services.validator.scanner
    if services.settings.clamd == "required":
        scanner.check()
    scanner.ping()


def _ask_database(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _ask_control(services: Services) -> None:
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


def _carry_out(question: Question, future: Future[float]) -> None:
    began = time.monotonic()
    try:
        question()
    except Exception as error:  # noqa: BLE001  a part may fail in any way; the probe says so
        future.set_exception(error)
    else:
        future.set_result(time.monotonic() - began)


def _answer(future: Future[float], deadline: float) -> Answer:
    began = time.monotonic()
    try:
        seconds = future.result(max(0.0, deadline - began))
    except TimeoutError:
        return Answer(False, 1000 * TIMEOUT_SECONDS, "no answer in time")
    except NotReady as known:
        return Answer(False, 0.0, known.user_message)
    except Exception as problem:  # noqa: BLE001  its name says enough, and no address leaks
        return Answer(False, 0.0, type(problem).__name__)
    return Answer(True, round(1000 * seconds, 2))
