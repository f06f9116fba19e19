"""What dead workers had taken is forgotten, and what live ones hold is not."""

from __future__ import annotations

import pytest

from tasks.messaging.app import LONGEST_HELD
from tasks.messaging.routing import unacked
from tests.deployment import Deployment
from web.control.taken_messages import TakenMessages


@pytest.mark.parametrize("queue", ["lite", "xtts"])
def test_notes_are_deleted_when_no_worker_can_hold_their_messages(
    deployment: Deployment, queue: str
) -> None:
    client, key, now = deployment.services.redis, unacked(queue)["unacked_key"], 0.0
    taken = TakenMessages(deployment.services, lambda: now)
    client.hset(key, "of a dead worker", "note")
    assert taken.clean() == 0
    now = LONGEST_HELD
    client.hset(key, "of a live worker", "note")
    assert taken.clean() == 0
    now += 1
    assert taken.clean() == 1
    assert client.hkeys(key) == ["of a live worker"]
    now += LONGEST_HELD
    assert taken.clean() == 1
    assert not client.exists(key)
