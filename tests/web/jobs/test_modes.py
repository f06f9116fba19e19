"""Modes: what can be made for real, who chooses, and what a refusal says is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from config.settings import Settings, read
from config.stages import STAGES
from tasks.messaging import keys
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller, problem
from tests.web.conftest import as_operator
from web.compat.production_mode import ProductionModeManager
from web.jobs.stage_names import FORMER


@pytest.fixture
def manager(app: Flask) -> Iterator[ProductionModeManager]:
    return ProductionModeManager(app.extensions["callsheet"])


def test_production_mode_is_the_default_mode_by_another_name() -> None:
    assert read({}).default_mode == "auto"
    assert read({"PRODUCTION_MODE": "true"}).default_mode == "production"
    both = {"PRODUCTION_MODE": "false", "DEFAULT_MODE": "auto"}
    assert read(both).default_mode == "simulation"


def test_without_workers_production_is_not_ready(manager: ProductionModeManager) -> None:
    able = manager.get_system_capabilities()
    assert able["current_mode"] == "auto"
    assert not able["production_readiness"]["production_ready"]
    assert [lack["stage"] for lack in able["production_readiness"]["missing"]] == list(STAGES)
    needs = able["production_readiness"]["missing"][1]["needs"]
    assert needs[0]["remedy"] == "python -m gpu_worker xtts"
    estimates = able["time_estimates"]
    assert [estimates[stage] for stage in STAGES] == [30, 30, 20, 60, 90, 30]
    assert estimates["total"] == 260
    assert not any(manager.can_run_stage_in_production(stage) for stage in STAGES)


def test_real_engines_are_ready(manager: ProductionModeManager, redis_server: RedisServer) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.real())
    able = manager.get_system_capabilities()
    assert able["production_readiness"] == {"production_ready": True, "missing": []}
    assert all(manager.can_run_stage_in_production(stage) for stage in (*STAGES, *FORMER))
    voice = next(stage for stage in able["stages"] if stage["stage"] == "voice")
    assert voice["output"] == "audio"
    assert voice["now"]["production"]["quality"] == "production"
    assert voice["now"]["production"]["seconds"] == 30


def test_a_mode_is_set_for_everybody(manager: ProductionModeManager, caller: Caller) -> None:
    manager.set_processing_mode("simulation")
    assert manager.current_mode == "simulation"
    assert caller.http.get("/capabilities").json()["current_mode"] == "simulation"
    with pytest.raises(ValueError, match="there is no mode"):
        manager.set_processing_mode("pretend")
    with pytest.raises(ValueError, match="there is no stage"):
        manager.can_run_stage_in_production("lighting")


def test_a_job_that_says_no_mode_gets_the_one_that_was_set(
    caller: Caller, redis_server: RedisServer
) -> None:
    redis_server.client().set(keys.MODE, "simulation")
    session_id = caller.ready_session()
    job = caller.http.get(f"/process/{caller.start(session_id).json()['job_id']}").json()
    assert job["options"]["mode"] == "simulation"


def test_production_is_refused_with_what_is_missing(
    caller: Caller, redis_server: RedisServer, settings: Settings
) -> None:
    away = replace(
        fake_nodes.real()[0],
        ok=False,
        why="there is no key for Gemini",
        remedy="set GEMINI_API_KEY",
    )
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated(), away, *fake_nodes.real()[2:])
    session_id = caller.ready_session()
    refused = problem(caller.start(session_id, mode="production"), 503, "ENGINE_UNAVAILABLE")
    assert refused["stages"] == ["script", "voice"]
    assert refused["errors"] == [
        {"field": "script", "message": "gemini cannot run now.", "engine": "gemini"},
        {"field": "voice", "message": "No worker can do voice now.", "engine": ""},
    ]
    caller.http.headers.update(as_operator(settings))
    refused = problem(caller.start(session_id, mode="production"), 503, "ENGINE_UNAVAILABLE")
    told = {(error["field"], error["why"], error["remedy"]) for error in refused["errors"]}
    assert ("script", "there is no key for Gemini", "set GEMINI_API_KEY") in told
