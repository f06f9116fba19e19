"""A controller without progress is reported, and restarted with growing delays."""

from __future__ import annotations

import math

import pytest

from tests.services.redis_server import RedisServer
from web.cli.local.overseer import Overseer
from web.monitoring.turning import STUCK_SECONDS, TURN, Turn, Turning, last_turn, why_not_turning


class System:
    """A controller whose state and clock a test sets."""

    def __init__(self) -> None:
        self.turn: Turn | None = None
        self.moment = 0.0
        self.said: list[str] = []
        self.ended: list[float] = []
        self.overseer = Overseer(
            lambda: 7, lambda: self.turn, self.said.append, self._end, lambda: self.moment
        )

    def _end(self, pid: int) -> None:
        assert pid == 7
        self.ended.append(self.moment)

    def pass_seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.moment += 1
            self.overseer.check()


def frozen(moved_ago: float = STUCK_SECONDS + 1, by: str = "control@here.7") -> Turn:
    return Turn(by, moved_ago, moved_ago, "")


def test_controller_that_makes_progress_is_not_restarted() -> None:
    system = System()
    system.turn = frozen(1.0)
    system.pass_seconds(100)
    assert (system.said, system.ended) == ([], [])


def test_hanging_controller_is_reported_and_restarted_with_growing_delays() -> None:
    system = System()
    system.turn = frozen(5.0)
    system.pass_seconds(1)
    assert "has not completed a turn for 5 s" in system.said[0]
    assert system.ended == []
    system.turn = frozen()
    system.pass_seconds(1000)
    pauses = [after - before for before, after in zip(system.ended, system.ended[1:], strict=False)]
    assert system.ended[0] == 2
    assert pauses == [60, 120, 240, 480]
    system.turn = frozen(0.1)
    system.pass_seconds(1)
    assert system.said[-1] == "controller makes progress again"


def test_failing_controller_is_reported_and_not_restarted() -> None:
    """It moves: a new process would fail at the same place."""
    system = System()
    system.turn = Turn("control@here.7", math.inf, 0.5, "KeyError")
    system.pass_seconds(100)
    assert "KeyError" in system.said[0]
    assert (len(system.said), system.ended) == (1, [])


def test_progress_of_an_earlier_process_does_not_count() -> None:
    system = System()
    system.turn = frozen(by="control@elsewhere.8")
    system.pass_seconds(100)
    assert (system.said, system.ended) == ([], [])


def test_recorded_progress_can_be_read(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        assert last_turn(client) is None
        assert why_not_turning(client) == ""
        turning = Turning(client, "control@here.7")
        turning.completed()
        turn = last_turn(client)
        assert turn is not None
        assert (turn.by, turn.late, turn.stuck, turn.failing) == (
            "control@here.7",
            *[False] * 2,
            "",
        )
        turning.failed(KeyError("no"))
        turning.moved()  # the next turn begins, which is no proof that it will end
        turn = last_turn(client)
        assert turn is not None
        assert turn.failing == "KeyError"
        turning.completed()
        turn = last_turn(client)
        assert turn is not None
        assert turn.failing == ""


@pytest.mark.parametrize("written", ["", "soon", "nan", "inf", "-1", "1e400"])
def test_invalid_progress_entries_count_as_no_progress(
    redis_server: RedisServer, written: str
) -> None:
    with redis_server.client() as client:
        client.hset(TURN, mapping={"completed": written, "moved": written, "by": "\0"})
        assert "has not completed a turn" in why_not_turning(client)
