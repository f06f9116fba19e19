"""How long after a revocation every address of a video refuses it, on every web process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.bench.report import Row, at_most, median, write
from tests.bench.small import size
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.caller import Caller

ROUNDS = size(5, 1)
WEBS = size(3, 2)
REFUSED = 451

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


@pytest.fixture(params=["sqlite", "postgresql"])
def system(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer
) -> Iterator[tuple[str, Deployment]]:
    extra = {"LOG_LEVEL": "WARNING", "EMPTY_SESSIONS_PER_ADDRESS": "0"}
    if request.param == "postgresql":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with Deployment(tmp_path, redis_server, **extra) as built:
        built.start_control()
        built.start_workers("lite")
        yield request.param, built


def test_everywhere_within_a_second(system: tuple[str, Deployment]) -> None:
    database, built = system
    with ExitStack() as opened:
        webs = [
            opened.enter_context(httpx.Client(base_url=built.start_web(f"web-{n}"), timeout=30))
            for n in range(WEBS)
        ]
        callers = [Caller(http) for http in webs]
        rounds = [_round(built, callers, number) for number in range(ROUNDS)]
    answered = [one.answered for one in rounds]
    write(
        f"withdrawal-{database}",
        [
            Row("the request that revokes, median", median(answered), "s"),
            at_most("the request that revokes, the slowest", max(answered), "s", 1.0),
            at_most("files still sent after its answer", sum(one.late for one in rounds), "", 0),
            Row(f"{rounds[0].asked} further requests refused, median", _asking(rounds), "s"),
        ],
    )


@dataclass(frozen=True, slots=True)
class Round:
    """What was seen of one withdrawal."""

    answered: float
    asked: int
    late: int
    asking: float


def _asking(rounds: list[Round]) -> float:
    return median([one.asking for one in rounds])


def _round(built: Deployment, callers: list[Caller], number: int) -> Round:
    """Make a video with a consent, revoke it by one process, and ask all of them."""
    first = callers[0]
    session_id = first.ready_session()
    for one in callers:
        one.http.headers["X-Session-ID"] = session_id
    agreed = {"subject": f"Ada {number}", "statement": "I agree to this film."}
    consent = first.http.post("/api/consents", json=agreed).json()["id"]
    started = first.start(session_id, face_consent_id=consent, mode="simulation", height=240)
    assert started.status_code == 202, started.text
    job_id = started.json()["job_id"]
    built.until_ended(job_id)
    (listed,) = (
        job for job in first.http.get("/api/jobs").json()["jobs"] if job["job_id"] == job_id
    )
    addresses = [output["signed_url"] for output in listed["outputs"]]
    assert addresses
    everywhere: list[Callable[[], int]] = [
        (lambda one=one, url=url: one.http.get(url).status_code)  # type: ignore[misc]
        for one in callers
        for url in addresses
    ]
    assert {ask() for ask in everywhere} == {200}
    began = time.monotonic()
    revoked = first.http.post(f"/api/consents/{consent}/revoke")
    assert revoked.status_code == 200, revoked.text
    answered = time.monotonic()
    late = sum(ask() != REFUSED for ask in everywhere)
    return Round(answered - began, len(everywhere), late, time.monotonic() - answered)
