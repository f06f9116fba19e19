"""How long and how large a request may be, on a clock that the test moves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from web.http import timeouts
from web.http.timeouts import (
    BYTES_A_SECOND,
    GRACE_SECONDS,
    HEAD_BYTES,
    HEAD_SECONDS,
    PAUSE_SECONDS,
    ReadTimeout,
)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timeouts, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    client, server = socket.socketpair()
    with client, server:
        yield client, server


Wire = tuple[socket.socket, socket.socket]


def test_a_head_may_take_its_seconds_and_no_longer(clock: Clock, wire: Wire) -> None:
    client, server = wire
    reader = ReadTimeout(server)
    client.sendall(b"GET / HTTP/1.1\r\n")
    clock.now += HEAD_SECONDS - 0.1
    assert reader.read(4) == b"GET "
    clock.now += 0.2  # more has arrived, but too late
    with pytest.raises(TimeoutError):
        reader.read(4)


def test_a_head_may_have_its_bytes_and_no_more(clock: Clock, wire: Wire) -> None:
    _, server = wire
    reader = ReadTimeout(server, b"X-Header: a\r\n" * HEAD_BYTES)
    for _ in range(HEAD_BYTES // 1024):
        assert len(reader.read(1024) or b"") == 1024
    with pytest.raises(ConnectionError):
        reader.read(1024)


def test_a_body_may_be_larger_than_a_head(clock: Clock, wire: Wire) -> None:
    _, server = wire
    reader = ReadTimeout(server, bytes(4 * HEAD_BYTES))
    reader.head_is_read()
    assert (
        sum(len(reader.read(1024) or b"") for _ in range(4 * HEAD_BYTES // 1024)) == 4 * HEAD_BYTES
    )


def test_a_body_below_its_pace_is_cut_off_however_steadily_it_comes(
    clock: Clock, wire: Wire
) -> None:
    client, server = wire
    reader = ReadTimeout(server)
    reader.head_is_read()
    for _ in range(int(2 * GRACE_SECONDS)):  # at half the pace, the grace lasts twice as long
        client.sendall(b"a" * (BYTES_A_SECOND // 2))
        assert reader.read(BYTES_A_SECOND)
        clock.now += 1
    client.sendall(b"a" * (BYTES_A_SECOND // 2))
    with pytest.raises(TimeoutError):
        reader.read(BYTES_A_SECOND)


def test_a_body_at_its_pace_may_last_for_ever(clock: Clock, wire: Wire) -> None:
    client, server = wire
    reader = ReadTimeout(server)
    reader.head_is_read()
    for _ in range(1000):
        client.sendall(b"a" * BYTES_A_SECOND)
        read = 0
        while read < BYTES_A_SECOND:
            read += len(reader.read(BYTES_A_SECOND) or b"")
        clock.now += 1


def test_a_pause_is_waited_for_and_no_longer(
    clock: Clock, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PAUSE_SECONDS <= GRACE_SECONDS
    monkeypatch.setattr(timeouts, "PAUSE_SECONDS", 0.05)
    _, server = wire
    reader = ReadTimeout(server)
    reader.head_is_read()
    with pytest.raises(TimeoutError):
        reader.read(1)
