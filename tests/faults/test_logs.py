"""The logs of a whole system as JSON: one event, one line, of every process."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.ports import find_free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_line_is_json_and_a_lost_redis_is_told_rarely(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    flower = {"FLOWER_PORT": str(find_free_port()), "FLOWER_ADDRESS": "127.0.0.1"}
    with Deployment(tmp_path, redis_server, LOG_FORMAT="json", LOG_LEVEL="INFO") as system:
        system.start("flower", "celery", "--quiet", "-A", "web.flower_app", "flower", **flower)
        system.start_web()
        system.start_control()
        system.start_workers("lite")
        until(lambda: "kombu.mixins" in system.log, "Flower has started", 60)
        _, good = system.submit()
        assert system.until_ended(good).state == "succeeded"
        until(lambda: _ends(system), "the end is logged", 30)
        redis_server.kill()
        # Which part of a process notices first, and writes the line, is chance.
        until(lambda: '"reason"' in system.log, "the outage is noticed", 60)
        _pause(system)
        lines = [json.loads(line) for line in system.log.splitlines()]
    (end,) = [line for line in lines if line["message"] == "job ended"]
    assert (end["job_id"], end["state"], end["attempts"]) == (good, "succeeded", 1)
    assert end["seconds"] > 0
    warned = Counter(line["message"] for line in lines if line.get("reason"))
    assert warned
    # Web, the controller, and both processes of the worker: one line each in this minute.
    assert sum(warned.values()) <= 4
    assert all("onnect" in line["reason"] for line in lines if line.get("reason"))


def _ends(system: Deployment) -> list[Any]:
    return [line for line in system.log.splitlines() if '"job ended"' in line]


def _pause(system: Deployment) -> None:
    """Wait until parts of the system have tried Redis many times: the clock of its log says."""
    web = system.process("web")
    began = web.cpu_times().user
    until(lambda: web.cpu_times().user > began + 0.1, "web has tried again", 60)
