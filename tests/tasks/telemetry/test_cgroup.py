"""Limits of containers, from the files that the kernel would have there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tasks.telemetry import cgroup
from tasks.telemetry.cgroup import Cgroup
from tasks.telemetry.host_metrics import Observer, memory_limit_mb

GIGABYTE = 2**30
V2 = {
    "memory.max": f"{GIGABYTE}\n",
    "memory.current": f"{GIGABYTE // 2 + 1000}\n",
    "memory.stat": "anon 5\ninactive_file 1000\n",
    "cpu.max": "200000 100000\n",
    "cpu.stat": "usage_usec 5000000\nuser_usec 1\n",
}
V1 = {
    "memory/memory.limit_in_bytes": f"{GIGABYTE}\n",
    "memory/memory.usage_in_bytes": f"{GIGABYTE // 2}\n",
    "memory/memory.stat": "total_inactive_file 0\n",
    "cpu/cpu.cfs_quota_us": "200000\n",
    "cpu/cpu.cfs_period_us": "100000\n",
    "cpuacct/cpuacct.usage": "5000000000\n",
}
UNLIMITED = {
    "memory.max": "max\n",
    "memory.current": "1000\n",
    "cpu.max": "max 100000\n",
    "memory/memory.limit_in_bytes": "9223372036854771712\n",
    "memory/memory.usage_in_bytes": "1000\n",
    "cpu/cpu.cfs_quota_us": "-1\n",
    "cpu/cpu.cfs_period_us": "100000\n",
}


def group(root: Path, files: dict[str, str]) -> Cgroup:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Cgroup(root)


@pytest.mark.parametrize("files", [V2, V1])
def test_limits_of_both_versions(tmp_path: Path, files: dict[str, str]) -> None:
    limited = group(tmp_path, files)
    memory = limited.memory()
    assert memory is not None
    assert (memory.limit, memory.percent) == (GIGABYTE, 50.0)
    assert limited.processors() == 2.0


@pytest.mark.parametrize(
    ("files", "usage", "later"),
    [(V2, "cpu.stat", "usage_usec 6000000"), (V1, "cpuacct/cpuacct.usage", "6000000000")],
)
def test_the_use_of_processors_is_what_was_used_since_the_last_call(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    usage: str,
    later: str,
) -> None:
    limited = group(tmp_path, files)
    clock = SimpleNamespace(monotonic=iter((10.0, 12.0)).__next__)
    monkeypatch.setattr(cgroup, "time", clock)
    assert limited.cpu_percent() == 0.0, "nothing to compare with"
    (tmp_path / usage).write_text(later)
    assert limited.cpu_percent() == 25.0, "one second of two, on two processors"


@pytest.mark.parametrize("files", [UNLIMITED, {}])
def test_without_limits_there_are_none(tmp_path: Path, files: dict[str, str]) -> None:
    free = group(tmp_path, files)
    assert (free.memory(), free.processors(), free.cpu_percent()) == (None, None, None)


def test_containers_without_limits_count_as_their_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, boot = tmp_path / "mark", tmp_path / "boot"
    boot.write_text("0f5a3c21-1111-2222\n")
    monkeypatch.setattr(cgroup, "_CONTAINER_MARKS", (mark,))
    monkeypatch.setattr(cgroup, "BOOT_ID", boot)
    names = []
    for host in ("first", "second"):
        monkeypatch.setattr(cgroup.socket, "gethostname", lambda host=host: host)
        free, limited = Cgroup(tmp_path / "none"), group(tmp_path / "v2", V2)
        mark.unlink(missing_ok=True)
        assert free.machine_name() == host
        mark.touch()
        names.append(free.machine_name())
        assert limited.machine_name() == host
    assert names == ["host-0f5a3c21"] * 2


def test_an_observer_measures_against_the_limits(tmp_path: Path) -> None:
    observer = Observer(tmp_path)
    observer._cgroup = group(tmp_path / "group", V2)
    usage = observer.measure()
    assert usage.memory_percent == 50.0
    assert usage.memory_available_mb <= 512
    assert usage.load_percent == usage.cpu_percent == 0.0
    assert memory_limit_mb() > 0
