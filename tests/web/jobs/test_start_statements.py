"""How many statements of SQL a start costs: each is a round trip on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.services.redis_server import RedisServer
from tests.web.caller import Caller
from tests.web.fake_nodes import beat, simulated

MOST = 10


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What is asked of any database of this process, without the limits of transactions."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_a_start_that_is_dispatched_costs_few_statements(
    caller: Caller, redis_server: RedisServer, statements: list[str]
) -> None:
    beat(redis_server.client(), *simulated())
    session_id = caller.ready_session()
    assert caller.voice(session_id).status_code == 201
    assert caller.start(session_id, mode="simulation").status_code == 202  # reads the history
    statements.clear()
    assert caller.start(session_id, mode="simulation").status_code == 202
    assert any(statement.startswith("INSERT INTO plan") for statement in statements)
    assert len(statements) <= MOST, "\n\n".join(statements)
