"""`GET /capabilities`: what is declared beside what live workers offer."""

from __future__ import annotations

from dataclasses import replace

import httpx

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller, problem


def test_no_mode_is_available_without_workers(caller: Caller) -> None:
    able = caller.http.get("/capabilities").json()
    assert able["modes"] == {"production": False, "auto": False, "simulation": False}
    assert able["default_mode"] == "auto"
    assert [e["name"] for e in able["environments"]] == list(ENVIRONMENTS)
    assert [s["stage"] for s in able["stages"]] == list(STAGES)
    for stage in able["stages"]:
        assert set(stage["now"].values()) == {None}
        assert not any(engine["available"] for engine in stage["engines"])


def test_each_stage_reports_its_engine(operator: httpx.Client, redis_server: RedisServer) -> None:
    client = redis_server.client()
    away = replace(fake_nodes.real()[0], ok=False, why="no key", remedy="Set GEMINI_API_KEY.")
    xtts = replace(fake_nodes.real()[1], licence="CPML", commercial_use=False)
    fake_nodes.beat(client, *fake_nodes.simulated(), away, xtts)
    able = operator.get("/capabilities").json()
    assert able["modes"] == {"production": False, "auto": True, "simulation": True}
    stages = {stage["stage"]: stage for stage in able["stages"]}
    assert stages["script"]["now"]["auto"]["name"] == "simulated"
    assert stages["script"]["now"]["production"] is None
    assert stages["voice"]["now"]["auto"]["name"] == "xtts"
    assert stages["voice"]["now"]["simulation"]["name"] == "simulated"
    assert stages["voice"]["now"]["production"]["commercial_use"] is False
    assert stages["assemble"]["now"]["production"]["name"] == "ffmpeg"
    gemini = stages["script"]["engines"][0]
    assert (gemini["name"], gemini["available"]) == ("gemini", False)
    assert gemini["offers"][0]["remedy"] == "Set GEMINI_API_KEY."
    workers = {e["name"]: e["workers"] for e in able["environments"]}
    assert workers["lite"] == ["lite@here"]
    assert workers["xtts"] == []


def test_capabilities_need_redis(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.kill()
    problem(caller.http.get("/capabilities"), 503, "NOT_READY")
