"""`POST /process/estimate`: what a job would be, before anything is started."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from config.settings import Settings, read
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller, problem
from tests.web.conftest import serving

TWO_SCENES = "This is the first scene of the film. Here comes the second scene of it."


def ask(caller: Caller, **options: Any) -> dict[str, Any]:
    answer = caller.http.post("/process/estimate", json=options)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_it_says_who_how_long_and_that_nothing_is_to_be_paid(
    caller: Caller, redis_server: RedisServer
) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated())
    told = ask(caller, script=TWO_SCENES, height=240)
    assert (told["scenes"], told["workers"], told["ahead"]) == (2, 1, 0)
    assert told["missing"] == []
    assert {who["stage"]: who["kind"] for who in told["engines"]}["voice"] == "simulated"
    low, high = told["seconds_range"]
    assert 0 < low <= told["seconds"] <= high
    assert told["cost"] == {"currency": "USD", "amount": 0.0, "items": [], "unpriced": []}
    assert ask(caller, script="Das ist ein kurzer Satz.", language="auto")["language"] == "de"
    longer = ask(caller, script=TWO_SCENES * 5, height=240)
    assert longer["seconds"] > told["seconds"]
    assert longer["length_seconds"] > told["length_seconds"]


def test_a_quote_names_the_stages_without_a_worker(caller: Caller) -> None:
    told = ask(caller, topic="bees", scenes=2)
    assert "voice" in told["missing"]
    assert told["seconds"] is told["cost"] is None


def test_it_keeps_nothing_and_checks_as_a_start_does(
    caller: Caller, redis_server: RedisServer
) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated())
    session_id = caller.ready_session()
    ask(caller, script=TWO_SCENES, session_id=session_id)
    assert caller.http.get(f"/session/{session_id}/status").json()["jobs"] == []
    problem(caller.http.post("/process/estimate", json={}), 422, "VALIDATION_FAILED")
    redis_server.kill()
    asked = {"script": "Hello."}
    problem(caller.http.post("/process/estimate", json=asked), 503, "NOT_READY")


def test_a_recording_is_as_long_as_it_is(caller: Caller, redis_server: RedisServer) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated())
    session_id = caller.ready_session()
    upload = caller.voice(session_id).json()
    told = ask(caller, use_audio_as_is=True, session_id=session_id)
    assert told["length_seconds"] == pytest.approx(upload["bytes"] / 96_000)


def test_prices_make_a_bill(settings: Settings, redis_server: RedisServer) -> None:
    """Hosted engines cost by their input, own nodes by the hour; others have no price."""
    priced = read({"PRICES": "elevenlabs=0.001/character, sadtalker=3.6/hour", "CURRENCY": "EUR"})
    settings = replace(settings, prices=priced.prices, currency=priced.currency)
    gemini, _, *others = fake_nodes.real()
    hosted = replace(others[0], stage="voice", name="elevenlabs", hosted=True, environment="xtts")
    offers = (replace(gemini, hosted=True), hosted, *others)
    fake_nodes.beat(redis_server.client(), *offers)
    with serving(settings) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        given = ask(caller, script="x" * 100)["cost"]
        ordered = ask(caller, topic="bees")["cost"]
    amounts = {item["stage"]: item["amount"] for item in given["items"]}
    assert given["currency"] == "EUR"
    assert amounts["voice"] == pytest.approx(0.1)
    assert set(amounts) == {"voice", "face", "animate"}
    assert given["amount"] == pytest.approx(sum(amounts.values()))
    assert given["unpriced"] == []  # words that are given are not written again
    assert ordered["unpriced"] == ["gemini"]
