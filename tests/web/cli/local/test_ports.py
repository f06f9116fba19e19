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


def test_configured_port_is_used_if_free() -> None:
    wanted = ports.find_free_port()
    assert ports.choose("127.0.0.1", wanted, "PORT", explicit=False) == ports.Port(wanted)


def test_free_port_is_chosen_and_reported(taken: int) -> None:
    chosen = ports.choose("127.0.0.1", taken, "PORT", explicit=False)
    assert chosen.number != taken
    assert ports.is_free("127.0.0.1", chosen.number)
    assert str(taken) in chosen.note
    assert str(chosen.number) in chosen.note


def test_explicit_port_in_use_is_refused(taken: int) -> None:
    with pytest.raises(ports.PortTaken, match=f"Port {taken} on 127.0.0.1 is in use. Set PORT"):
        ports.choose("127.0.0.1", taken, "PORT", explicit=True)


def test_a_listener_on_every_address_counts(taken: int) -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        assert not ports.is_free("127.0.0.1", server.getsockname()[1])
