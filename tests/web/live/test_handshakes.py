"""How often streams may be opened, by a clock that the test moves."""

from __future__ import annotations

import pytest

from config.settings import Settings, read
from web.errors import TooManyRequests
from web.live.handshakes import Handshakes


def settings(**environ: str) -> Settings:
    return read({"CALLSHEET_STATE": "/state", **environ})


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def seconds_to_wait(handshakes: Handshakes, address: str = "a") -> int | None:
    try:
        handshakes.admit(address)
    except TooManyRequests as refused:
        return int(refused.details["headers"]["Retry-After"])
    return None


def test_an_address_opens_so_many_streams_in_a_minute() -> None:
    clock = Clock()
    handshakes = Handshakes(settings(REQUESTS_A_MINUTE="2"), clock)
    assert [seconds_to_wait(handshakes) for _ in range(3)] == [None, None, 60]
    assert seconds_to_wait(handshakes, "b") is None
    clock.now += 45
    assert seconds_to_wait(handshakes) == 15
    clock.now += 15
    assert seconds_to_wait(handshakes) is None


def test_a_process_opens_so_many_streams_in_a_second_and_spreads_the_others() -> None:
    clock = Clock()
    environ = {"LIVE_HANDSHAKES_A_SECOND": "10", "LIVE_MAX_CLIENTS": "500"}
    handshakes = Handshakes(settings(REQUESTS_A_MINUTE="0", **environ), clock)
    waits = [seconds_to_wait(handshakes) for _ in range(1000)]
    assert waits[:10] == [None] * 10
    told = [seconds for seconds in waits[10:] if seconds is not None]
    assert len(told) == 990
    assert (min(told), max(told)) == (1, 50)
    clock.now += 0.5
    assert [seconds_to_wait(handshakes) is None for _ in range(6)] == [True] * 5 + [False]
    clock.now += 1000  # what was not used is not saved up
    assert sum(seconds_to_wait(handshakes) is None for _ in range(100)) == 10


@pytest.mark.parametrize("clients", ["1", "12000"])
def test_zero_means_no_limit(clients: str) -> None:
    environ = {"REQUESTS_A_MINUTE": "0", "LIVE_HANDSHAKES_A_SECOND": "0"}
    handshakes = Handshakes(settings(LIVE_MAX_CLIENTS=clients, **environ), Clock())
    assert all(seconds_to_wait(handshakes) is None for _ in range(2000))
