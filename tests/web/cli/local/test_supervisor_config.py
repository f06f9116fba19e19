"""The configuration as supervisord itself reads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions

from tasks.telemetry.host_metrics import Gpu
from web.cli.local import process_plan, procfile, supervisor_config
from web.cli.local.process_plan import PlannedProcess
from web.state_directory import StateDirectory


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[dict[str, Any]]:
    state = StateDirectory(tmp_path / "state")
    state.make()
    members = [
        PlannedProcess("redis", ("redis-server", "100%.conf"), 1, worker=False),
        PlannedProcess("web", ("python", "-c", "a; b", "two words"), 1, worker=False),
        PlannedProcess("lite", ("python", "-m", "gpu_worker", "lite"), 2, worker=True),
        PlannedProcess("xtts", ("python", "-m", "gpu_worker", "xtts"), 2, worker=True, pinned=True),
    ]
    options = ServerOptions()
    options.realize(["-c", str(supervisor_config.write(members, state, tmp_path))])
    yield {
        process.name: (group, process)
        for group in options.process_group_configs
        for process in group.process_configs
    }
    state.tidy()


def test_every_process_runs_in_the_planned_number(programs: dict[str, Any]) -> None:
    assert set(programs) == {"redis", "web", "lite-0", "lite-1", "xtts-0", "xtts-1"}


def test_a_worker_for_each_card_is_pinned_to_it(programs: dict[str, Any]) -> None:
    pinned = [programs[f"xtts-{n}"][1].environment["CUDA_VISIBLE_DEVICES"] for n in (0, 1)]
    assert pinned == ["0", "1"]
    assert "CUDA_VISIBLE_DEVICES" not in programs["lite-0"][1].environment


@pytest.mark.parametrize(("chosen", "workers"), [(None, 2), ("1", 1)])
def test_one_worker_per_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None, workers: int
) -> None:
    monkeypatch.setattr(process_plan, "gpus", lambda: (Gpu("one", 0, 0), Gpu("two", 0, 0)))
    monkeypatch.setenv("XTTS_PYTHON", sys.executable)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if chosen:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    programs = procfile.parse("xtts: python -m gpu_worker xtts\nweb: python -m web.wsgi\n")
    members = process_plan.plan_processes(programs, embedded_redis=False, venvs=tmp_path)
    found = {member.name: (member.count, member.pinned) for member in members}
    assert found["xtts"] == (workers, chosen is None)
    assert found["web"] == (1, False)


def test_commands_are_escaped_and_end_with_their_parent(
    programs: dict[str, Any], tmp_path: Path
) -> None:
    import shlex

    lock = str(tmp_path / "state" / "lock")
    command = shlex.split(programs["web"][1].command)
    assert command[:3] == [sys.executable, "-S", "-E"]
    assert command[4:] == [lock, "python", "-c", "a; b", "two words"]
    assert programs["redis"][1].command.endswith("redis-server 100%.conf")


def test_processes_are_restarted_and_stop_with_their_children(programs: dict[str, Any]) -> None:
    from supervisor.datatypes import RestartUnconditionally

    for _, process in programs.values():
        assert process.autorestart is RestartUnconditionally
        assert process.killasgroup
        assert process.redirect_stderr
        assert process.startretries > 10_000


def test_storage_starts_first_and_ends_last(programs: dict[str, Any]) -> None:
    order = [programs[name][0].priority for name in ("redis", "web", "lite-0")]
    assert order == sorted(order)
    assert len(set(order)) == 3
