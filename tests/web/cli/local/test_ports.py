from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from web.cli.local import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_the_wanted_port_is_taken_where_it_is_free() -> None:
    wanted = ports.find_free_port()
    assert ports.choose("127.0.0.1", wanted, "PORT", explicit=False) == ports.Port(wanted)


def test_another_one_is_found_and_said(taken: int) -> None:
    chosen = ports.choose("127.0.0.1", taken, "PORT", explicit=False)
    assert chosen.number != taken
    assert ports.is_free("127.0.0.1", chosen.number)
    assert str(taken) in chosen.said
    assert str(chosen.number) in chosen.said


def test_a_port_that_was_asked_for_by_name_is_not_replaced(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=f"Port {taken} on 127.0.0.1 is in use; set PORT"):
        ports.choose("127.0.0.1", taken, "PORT", explicit=True)


def test_a_listener_on_every_address_counts(taken: int) -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        assert not ports.is_free("127.0.0.1", server.getsockname()[1])
