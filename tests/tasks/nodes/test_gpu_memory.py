"""The ledger of a graphics card: who fits, who goes, who is forgotten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from config.settings import read
from gpu_worker.models import devices
from gpu_worker.models.gpu_share import GpuFull, GpuShare
from gpu_worker.subprocesses import child
from tasks.messaging import keys
from tasks.nodes import gpu_memory
from tasks.nodes.coordination import Coordination
from tasks.nodes.gpu_memory import GpuMemoryTable, Model, WorkerUsage
from tests.bench.noop import Idle
from tests.services.redis_server import RedisServer

SIZE = 10_000


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis_server.client() as opened:
        yield opened


def held(worker: str, name: str, mb: int, used: float, *, busy: bool = False) -> Model:
    return Model(worker, name, mb, used, busy)


def test_a_model_that_fits_is_admitted_and_visible_to_others(client: redis.Redis) -> None:
    card = GpuMemoryTable(client, "card", SIZE)
    wanted = held("one", "voice/xtts", 6000, 1.0, busy=True)
    assert card.admit("one", WorkerUsage(), wanted) == []
    too_much = held("two", "enhance/realesrgan", 6000, 2.0, busy=True)
    assert card.admit("two", WorkerUsage(), too_much) is None  # what is at work never goes
    assert card.admit("two", WorkerUsage(), held("two", "face/mesh", 4000, 2.0, busy=True)) == []
    assert {name: tenant.mb for name, tenant in card.tenants().items()} == {
        "one": 6000,
        "two": 4000,
    }


def test_the_least_recently_used_model_of_any_worker_is_unloaded_first(client: redis.Redis) -> None:
    card = GpuMemoryTable(client, "card", SIZE)
    newer, older = held("one", "a/new", 4000, 9.0), held("two", "b/old", 4000, 1.0)
    card.report("one", WorkerUsage((newer,)))
    card.report("two", WorkerUsage((older,)))
    assert card.admit("three", WorkerUsage(), held("three", "c/c", 5000, 10.0, busy=True)) == [
        older
    ]
    assert card.admit("three", WorkerUsage(), held("three", "c/c", 9000, 10.0, busy=True)) == [
        older,
        newer,
    ]
    assert set(card.tenants()) == {"one", "two"}  # nothing was entered


def test_a_model_larger_than_the_card_is_tried_alone(client: redis.Redis) -> None:
    card = GpuMemoryTable(client, "card", SIZE)
    assert card.admit("one", WorkerUsage(), held("one", "a/a", 2 * SIZE, 1.0, busy=True)) == []


def test_memory_of_a_process_besides_its_models_counts(client: redis.Redis) -> None:
    card = GpuMemoryTable(client, "card", SIZE)
    card.report("one", WorkerUsage((), base_mb=3000))
    assert card.admit("two", WorkerUsage(), held("two", "a/a", 8000, 1.0, busy=True)) is not None
    assert card.tenants()["two"].mb == 8000  # alone but for that


def test_a_worker_without_a_heartbeat_does_not_count(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = GpuMemoryTable(client, "card", SIZE)
    card.report("dead", WorkerUsage((held("dead", "a/a", SIZE, 1.0, busy=True),)))
    wanted = held("one", "b/b", SIZE, 2.0, busy=True)
    assert card.admit("one", WorkerUsage(), wanted) is None
    monkeypatch.setattr(gpu_memory, "ALIVE_SECONDS", 0.0)
    assert card.admit("one", WorkerUsage(), wanted) == []


def test_a_stage_is_requeued_while_another_worker_unloads(client: redis.Redis) -> None:
    share = GpuShare(Coordination(client), devices.Card("card", "declared", SIZE), "one")
    spec = replace(Idle("voice").spec, device="cuda", memory_mb=8000)
    other = held("two", "enhance/realesrgan", 6000, 1.0)
    GpuMemoryTable(client, "card", SIZE).report("two", WorkerUsage((other,)))
    for _ in range(3):  # it comes back sooner than the other has listened
        with pytest.raises(GpuFull, match="waits for enhance/realesrgan") as full:
            share.admit(spec, pytest.fail)
        assert full.value.again_in < 0.5
    assert gpu_memory.unload_requests(client, "two", 1) == other.name
    assert client.llen(keys.unload_requests("two")) == 0
    GpuMemoryTable(client, "card", SIZE).report("two", WorkerUsage())
    share.admit(spec, pytest.fail)
    assert set(share.to_dict()["models"]) == {"voice/simulated"}


def test_own_idle_models_are_unloaded_at_once(client: redis.Redis) -> None:
    share = GpuShare(Coordination(client), devices.Card("card", "declared", SIZE), "one")
    for stage in ("voice", "animate"):
        spec = replace(Idle(stage).spec, device="cuda", memory_mb=8000)
        share.admit(spec, share.mark_unloaded)
        share.mark_loaded(spec)
        share.mark_idle(f"{stage}/simulated")
    assert set(share.to_dict()["models"]) == {"animate/simulated"}


def test_the_largest_measured_size_is_kept(client: redis.Redis) -> None:
    assert gpu_memory.model_size_mb(client, "card/model/1") is None
    for mb in (3000, 2000, 3500):
        gpu_memory.record_model_size(client, "card/model/1", mb)
    assert gpu_memory.model_size_mb(client, "card/model/1") == 3500


TWO_CARDS = """case "$*" in
*query-gpu*) echo "0, GPU-aaaa, NVIDIA H200, 143771"; echo "1, GPU-bbbb, NVIDIA L4, 23034";;
*compute-apps*) echo "1, 100"; echo "PPID, 5120";;
esac"""


@pytest.mark.parametrize(
    ("visible", "name"),
    [
        (None, "NVIDIA H200"),
        ("1", "NVIDIA L4"),
        ("1,0", "NVIDIA L4"),
        ("GPU-bb", "NVIDIA L4"),
        ("", "cpu"),
        ("-1", "cpu"),
        ("7", "cpu"),
    ],
)
def test_a_worker_uses_the_card_it_is_pinned_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, name: str
) -> None:
    script = tmp_path / "nvidia-smi"
    script.write_text(f"#!/bin/sh\n{TWO_CARDS.replace('PPID', '$PPID')}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    devices._pinned.cache_clear()
    try:
        assert devices.device_name() == name
        found = devices.card(read({}))
        assert (found.name if found else "cpu") == name
        smaller = devices.card(read({"GPU_MEMORY_MB": "8000"}))
        assert smaller is not None
        assert smaller.memory_mb == 8000
        assert devices.process_mb() == 5120
    finally:
        devices._pinned.cache_clear()


def test_memory_of_a_sidecar_counts_for_its_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with child([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as companion:
        script = tmp_path / "nvidia-smi"
        held = f"$PPID, 300\n{companion.pid}, 4000\n1, 9000"
        script.write_text(f'#!/bin/sh\nprintf "{held}\\n"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        assert devices.process_mb() == 4300
    assert devices.process_mb() == 300
