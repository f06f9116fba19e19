"""What the processes are told, which of them run, and what a person is shown of their logs."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from config.environments import ENVIRONMENTS
from config.settings import ConfigurationError, read
from web.cli.local import process_plan, procfile
from web.cli.local.local_system import (
    REPEAT_SECONDS,
    Wait,
    complete_environment,
    describe_checks,
    describe_start,
    last_log_lines,
)
from web.cli.local.logs import TAIL_BYTES, Follower, tail
from web.cli.local.process_manager import Process
from web.state_directory import ROOT, StateDirectory


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDirectory]:
    state = StateDirectory(tmp_path / "state")
    state.make()
    yield state
    state.tidy()


def test_everything_embedded_lies_in_the_state_directory(state: StateDirectory) -> None:
    environ, _ = complete_environment({"PATH": "/bin"}, state)
    settings = read(environ)
    assert settings.redis_url == f"unix://{state.redis_socket}"
    assert str(state.directory) in settings.database_url
    assert str(state.directory) in settings.artifacts_url
    assert settings.flower_basic_auth.startswith("callsheet:")
    assert environ["FLOWER_ADDRESS"] == "127.0.0.1"
    assert "FLOWER_UNAUTHENTICATED_API" not in environ


def test_explicit_settings_take_precedence(state: StateDirectory) -> None:
    given = {"REDIS_URL": "redis://127.0.0.1:1/3", "FLOWER_BASIC_AUTH": "me:secret", "HOST": "::1"}
    environ, _ = complete_environment(given, state)
    assert {name: environ[name] for name in given} == given


def test_used_default_port_is_replaced_and_used_explicit_port_is_refused(
    state: StateDirectory,
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = str(server.getsockname()[1])
        with pytest.raises(Exception, match=f"Port {taken} .* Set PORT"):
            complete_environment({"PORT": taken}, state)


def test_every_mistake_is_said_before_anything_starts(state: StateDirectory) -> None:
    with pytest.raises(ConfigurationError, match=r"PORT must .*; .*LOG_FORMAT must"):
        complete_environment({"PORT": "many", "LOG_FORMAT": "xml"}, state)


def venv(root: Path, name: str) -> Path:
    python = root / name / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    return python


def test_an_environment_that_is_set_up_gets_a_worker_in_its_own_python(tmp_path: Path) -> None:
    own = venv(tmp_path, "xtts")
    programs = procfile.read(ROOT / "Procfile")
    members = {
        member.name: member
        for member in process_plan.plan_processes(programs, embedded_redis=True, venvs=tmp_path)
    }
    assert set(members) == {"redis", "web", "control", "flower", "lite", "xtts"}
    assert members["xtts"].command[0] == str(own)
    assert {members[name].command[0] for name in ("redis", "web", "lite")} == {sys.executable}
    assert {name for name, member in members.items() if member.worker} == {"lite", "xtts"}


def test_redis_url_replaces_the_embedded_redis(tmp_path: Path) -> None:
    programs = procfile.read(ROOT / "Procfile")
    names = {
        m.name for m in process_plan.plan_processes(programs, embedded_redis=False, venvs=tmp_path)
    }
    assert "redis" not in names
    assert names & set(ENVIRONMENTS) == {"lite"}


def test_startup_failure_shows_logs_of_failed_processes(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    broken = Process("web", "BACKOFF", 0, log, failed=True)
    silent = Process("control", "FATAL", 0, tmp_path / "none.log", failed=True)
    well = Process("redis", "RUNNING", 7, tmp_path / "redis.log", failed=False)
    text = last_log_lines([broken, silent, well])
    assert "web is backoff" in text
    assert "line 99" in text
    assert "line 84" not in text
    assert "(no output)" in text
    assert "redis" not in text


def test_a_long_start_says_what_it_waits_for(tmp_path: Path) -> None:
    said: list[str] = []
    wait = Wait(said.append, began=100.0)
    for now in (100.1, 104.0, 106.0, 107.0, 107.0 + REPEAT_SECONDS):
        wait.note("the server to answer", now)
    wait.note("redis (refused)", 140.0)
    assert said == [
        "Waiting for the server to answer (6 s)",
        "Waiting for the server to answer (37 s)",
        "Waiting for redis (refused) (40 s)",
    ]


def test_what_is_awaited_is_named(tmp_path: Path) -> None:
    web = Process("web", "STARTING", 5, tmp_path / "web.log", failed=False)
    redis = Process("redis", "RUNNING", 7, tmp_path / "redis.log", failed=False)
    assert describe_start([web, redis]) == "these processes: web"
    assert describe_start([redis]) == "the server to answer"
    checks = {
        "redis": {"ok": True, "why": ""},
        "controller": {"ok": False, "why": "no controller leads"},
    }
    answer = httpx.Response(503, json={"status": "not ready", "checks": checks})
    assert describe_checks(answer) == "controller (no controller leads)"
    refused = httpx.Response(503, text="busy")
    assert describe_checks(refused) == "the server, which answers 503"
    text = last_log_lines([redis], describe_checks(answer))
    assert "it waited too long for controller (no controller leads)." in text


def test_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("x" * TAIL_BYTES + "\nlast\n")
    assert tail(log, 1) == ["last"]


def test_log_follower_yields_whole_lines_across_rotation(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("before\n")
    follower = Follower(tmp_path)
    with log.open("a") as file:
        file.write("one\ntw")
    assert list(follower.new()) == [("web", "one")]
    with log.open("a") as file:
        file.write("o\n")
    (tmp_path / "control.log").write_text("new\n")
    assert list(follower.new()) == [("control", "new"), ("web", "two")]
    log.write_text("again\n")
    assert list(follower.new()) == [("web", "again")]
