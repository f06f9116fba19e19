"""`python -m web.wsgi` as a process: it starts, serves, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from config.settings import Settings
from tests.services import fork_server
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.listener import listening
from web.cli.local.ports import find_free_port


class Started(NamedTuple):
    """A process of the API server, and what it says."""

    process: fork_server.ForkedProcess
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def started(settings: Settings, **more: str) -> Iterator[Started]:
    environ = {
        "PATH": os.environ["PATH"],
        "CALLSHEET_STATE": str(settings.state),
        "REDIS_URL": settings.redis_url,
        "CLAMD": "off",
        **more,
    }
    log = settings.state.parent / f"{time.monotonic_ns()}.log"
    process = fork_server.start(["web.wsgi"], environ, log)
    assert process is not None
    try:
        yield Started(process, log)
    finally:
        process.kill()
        process.wait(30)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/livez").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends_at_once(settings: Settings, how: signal.Signals) -> None:
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    with started(settings, PORT=str(port), CLAMD="off") as (process, log):
        until(lambda: answers(address), "the server answers")
        with httpx.Client(base_url=address) as http:
            session_id = Caller(http).ready_session()
        with listening(address) as listener:
            assert listener.subscribe(session_id)["ok"]
            process.send_signal(how)
            assert process.wait(5) == 0
    said = log.read_text()
    assert f"API listens [address={address}]" in said
    assert len(said.splitlines()) == 1, said  # quiet: no line for each request


def test_a_taken_port_is_said(settings: Settings) -> None:
    port = str(find_free_port())
    with started(settings, PORT=port) as first:
        until(lambda: answers(f"http://127.0.0.1:{port}"), "the server answers")
        with started(settings, PORT=port) as second:
            assert second.process.wait(30) != 0
        assert f"Port {port} is in use" in second.said
        assert "Traceback" not in second.said
        assert first.process.poll() is None


def test_mistakes_in_the_settings_are_said(settings: Settings) -> None:
    with started(settings, PORT="many", MAX_CLIENTS="-1") as (process, log):
        assert process.wait(30) == 2
    said = log.read_text()
    assert "PORT" in said
    assert "MAX_CLIENTS" in said
    assert "Traceback" not in said
