"""No request is answered with a fault of ours, and every refusal is a problem document."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.web.api.odd_client import Answer, Client
from tests.web.api.odd_requests import Odd, Routes, everything, kinds

MOST_SECONDS = 1.0
"""Of CPU, for any one of them."""
CALLERS = ("anonymous", "owner", "operator")
BUSY = {"NOT_READY", "SERVER_FULL", "SESSION_LIMIT", "TOO_MANY_CLIENTS", "ENGINE_UNAVAILABLE"}
"""503 that are documented, with a `Retry-After`: there are no workers here."""


REPORTS = {"/readyz", "/health", "/health/services"}
"""They answer 503 with a report of their own: no controller runs here."""


def faults(odd: Odd, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer."""
    if answer.seconds > MOST_SECONDS:
        yield f"took {answer.seconds:.1f} s of CPU"
    if b"Traceback" in answer.body:
        yield "shows a traceback"
    if answer.status == 503 and odd.path in REPORTS:
        return
    if answer.status >= 400 and odd.method != "HEAD":
        yield from _faults_of_problem(answer)
    elif answer.status >= 500:
        yield str(answer.status)


def _faults_of_problem(answer: Answer) -> Iterator[str]:
    if answer.headers.get("Content-Type") != "application/problem+json":
        yield f"{answer.status} is no problem document"
        return
    told = json.loads(answer.body)
    if told["status"] != answer.status or not told["error_code"] or not told["user_message"]:
        yield f"{answer.status} with the document of something else"
    if answer.headers.get("X-Request-ID") != told["request_id"]:
        yield "has another request id"
    busy = answer.status == 503 and told["error_code"] in BUSY and "Retry-After" in answer.headers
    if answer.status >= 500 and not busy:
        yield f"{answer.status} {told['error_code']}"


@pytest.fixture(scope="module", params=CALLERS)
def client(standing: FlaskClient, request: pytest.FixtureRequest) -> Client:
    return Client(standing, request.param)


def run(client: Client, requests: Iterator[Odd]) -> tuple[set[str], list[str]]:
    """The kinds that were sent, and what was wrong with the answers."""
    sent, wrong = set(), []
    for odd in requests:
        answer = client.ask(odd)
        sent.add(odd.kind)
        wrong += [f"{odd}: {fault}" for fault in faults(odd, answer)]
        if odd.method not in ("GET", "HEAD", "OPTIONS") and answer.status < 300:
            client.refresh()
    return sent, wrong


def test_five_hundred_odd_requests_get_proper_errors(client: Client) -> None:
    sent, wrong = run(client, kinds(Routes(client.app), client.known, step=7))
    assert not wrong, "\n".join(wrong[:100])
    assert len(sent) >= 500


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_odd_request_on_every_route(client: Client) -> None:
    sent, wrong = run(client, everything(Routes(client.app), client.known))
    assert not wrong, "\n".join(wrong[:100])
    assert len(sent) >= 3000
