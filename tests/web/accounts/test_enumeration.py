"""Neither answers nor their times reveal whether an address has an account."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.smtp import SmtpServer
from tests.web.conftest import close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, sign_up
from web.accounts import attempts, passwords
from web.app import create_app

PAIRS = 24
MOST_DEVIATION = 4.0
"""Standard deviations of the rank sum: equal times exceed them once in 16,000 runs."""
KNOWN = "ada@example.com"

Ask = Callable[[FlaskClient, str], Any]


def log_in(api: FlaskClient, email: str) -> Any:
    return api.post("/api/auth/login", json={"email": email, "password": "wrong one"})


def register(api: FlaskClient, email: str) -> Any:
    return api.post("/api/auth/register", json={"email": email, "password": PASSWORD})


def forget(api: FlaskClient, email: str) -> Any:
    return api.post("/api/auth/password/forgot", json={"email": email})


def deviation(first: list[float], second: list[float]) -> float:
    """How far the ranks of two samples lie apart, in standard deviations (Mann and Whitney)."""
    ranked = sorted([(one, 0) for one in first] + [(one, 1) for one in second])
    sum_of_first = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(first), len(second)
    expected, spread = n * (n + m + 1) / 2, math.sqrt(n * m * (n + m + 1) / 12)
    return abs(sum_of_first - expected) / spread


def test_the_measure_sees_a_difference() -> None:
    fast = [1 + one / 100 for one in range(PAIRS)]
    assert deviation(fast, [one + 1 for one in fast]) > MOST_DEVIATION
    assert deviation(fast[::2], fast[1::2]) < 1


@pytest.fixture
def api(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 10)
    monkeypatch.setattr(attempts, "PER_ACCOUNT", 10_000)
    monkeypatch.setattr(attempts, "PER_ADDRESS", 10_000)
    passwords._decoy.cache_clear()
    with SmtpServer() as smtp:
        app = create_app(changed(settings, notifications={"smtp_url": smtp.url}))
        sign_up(app.test_client(), KNOWN)
        yield app.test_client()
        send_mails(app)
        close(app)
    passwords._decoy.cache_clear()


@pytest.mark.parametrize("ask", [log_in, pytest.param(register, marks=pytest.mark.slow), forget])
def test_known_and_unknown_addresses_take_the_same_time(api: FlaskClient, ask: Ask) -> None:
    unknown = (f"user{number}@example.com" for number in itertools.count())
    times: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for number in range(2 * PAIRS + 4):
        is_known = number % 4 in (0, 3)  # each kind follows each kind equally often
        email = KNOWN if is_known else next(unknown)
        api.get("/livez")  # takes what the mailer's work for the last answer costs the next one
        began = time.perf_counter()
        answer = ask(api, email)
        took = time.perf_counter() - began
        send_mails(api.application)  # what follows is not part of the answer
        answers.add((answer.status_code, answer.text.replace(email, "").partition("request_id")[0]))
        if number >= 4:  # the first ones load code
            times[is_known].append(took)
    assert len(answers) == 1
    medians = {known: statistics.median(some) for known, some in times.items()}
    assert deviation(times[True], times[False]) < MOST_DEVIATION, medians
