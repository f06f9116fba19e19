"""A start that names an engine of no live worker says so instead of waiting in silence."""

from __future__ import annotations

import pytest

from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller


@pytest.mark.parametrize(("engine", "codes"), [("xtts", ["ENGINE_NOT_RUNNING"]), ("simulated", [])])
def test_a_named_engine_without_a_worker_is_a_warning(
    caller: Caller, redis_server: RedisServer, engine: str, codes: list[str]
) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated())
    answer = caller.start(caller.ready_session(), engines={"voice": engine})
    assert answer.status_code == 202, answer.text
    warnings = answer.json()["warnings"]
    assert [warning["code"] for warning in warnings] == codes
    assert all(engine in warning["message"] for warning in warnings)
