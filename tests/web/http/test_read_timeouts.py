"""How long and how large a request may be, on a clock that the test moves."""

from __future__ import annotations

import select
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
    TimedReader,
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


def test_a_head_ends_at_its_last_second_and_byte(clock: Clock, wire: Wire) -> None:
    client, server = wire
    client.sendall(b"late")
    reader = ReadTimeout(server)
    clock.now += HEAD_SECONDS
    with pytest.raises(TimeoutError):
        reader.read(4)
    full = ReadTimeout(server, bytes(2 * HEAD_BYTES))
    assert len(full.read(HEAD_BYTES - 1) or b"") == HEAD_BYTES - 1
    assert full.read(1) == b"\0"
    with pytest.raises(ConnectionError):
        full.read(1)


def test_a_body_has_its_grace_whatever_its_head_took(clock: Clock, wire: Wire) -> None:
    client, server = wire
    client.sendall(b"abcd")
    reader = ReadTimeout(server, b"head")
    assert reader.read(4) == b"head"
    clock.now += HEAD_SECONDS
    reader.head_is_read()
    clock.now += GRACE_SECONDS - 0.125
    assert reader.read(2) == b"ab"
    clock.now += 0.125 + 2 / BYTES_A_SECOND
    with pytest.raises(TimeoutError):
        reader.read(2)


def test_the_first_byte_of_a_body_comes_within_its_grace(clock: Clock, wire: Wire) -> None:
    client, server = wire
    client.sendall(b"abcd")
    reader = ReadTimeout(server)
    reader.head_is_read()
    clock.now += GRACE_SECONDS
    with pytest.raises(TimeoutError):
        reader.read(2)


class Patience:
    """A poll that records for how long it would wait, and finds nothing."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def register(self, connection: socket.socket, events: int) -> None:
        assert events == select.POLLIN

    def poll(self, milliseconds: float) -> list[object]:
        self.waits.append(milliseconds)
        return []


def test_a_pause_is_waited_for_and_no_longer(
    clock: Clock, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PAUSE_SECONDS <= GRACE_SECONDS
    patience = Patience()
    polling = SimpleNamespace(poll=lambda: patience, POLLIN=select.POLLIN)
    monkeypatch.setattr(timeouts, "select", polling)
    monkeypatch.setattr(timeouts, "PAUSE_SECONDS", 3.0)
    _, server = wire
    reader = ReadTimeout(server)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            reader.read(1)
        clock.now += HEAD_SECONDS - 2
    assert patience.waits == [3000.0, 2000.0]


def test_what_is_left_of_a_refused_request_is_read_in_small_blocks(wire: Wire) -> None:
    _, server = wire
    sent = bytes(3 * 1024**2)
    with TimedReader(server, sent) as reader:
        reader.patience.head_is_read()
        assert len(reader.read(1024**2)) == 1024**2
        assert 0 < len(reader.read(1024**2 + 1)) <= 64 * 1024
