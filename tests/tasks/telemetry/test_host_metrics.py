"""A machine against its thresholds: what is read, what is said, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import read
from gpu_worker.engines.face.simulated import SimulatedFace
from gpu_worker.models.memory_pressure import MemoryPressure, budget_mb
from gpu_worker.models.registry import Registry
from tasks.telemetry.host_metrics import (
    NEVER,
    Gpu,
    Observer,
    Thresholds,
    Usage,
    gpus,
    release_free_memory,
)
from web.control.alerts import Alarm

THRESHOLDS = Thresholds(memory=(70.0, 90.0), storage=(80.0, 95.0))


def machine(memory: float = 10, storage: float = 10, host: str = "one", **more: object) -> Usage:
    values = {"cpu_percent": 1.0, "load_percent": 5.0, "network_sent": 0, "network_received": 0}
    return Usage(host, memory, 100, storage, 100, **(values | more))  # type: ignore[arg-type]


def test_this_machine() -> None:
    seen = Observer(Path("/")).measure()
    assert 0 < seen.memory_percent < 100
    assert 0 < seen.storage_percent < 100
    assert seen.memory_available_mb > 0
    assert seen.load_percent >= 0
    assert Usage.from_dict(seen.to_dict()) == seen


def tool(directory: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = directory / "nvidia-smi"
    script.write_text(f"#!/bin/sh\n{says}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")


def test_graphics_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'echo "NVIDIA H200, 87, 71680, 143360"; echo "Card, the second, 0, [N/A], 10"'
    tool(tmp_path, f'case "$*" in *memory.used*) {said};; esac', monkeypatch)
    assert gpus() == (Gpu("NVIDIA H200", 87.0, 50.0),)
    seen = Observer(tmp_path).measure()
    assert seen.percents["gpu0_memory"] == 50.0
    assert Usage.from_dict(seen.to_dict()) == seen


@pytest.mark.parametrize("says", ["exit 9", "exec sleep 60"])
def test_a_silent_driver_reports_no_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    monkeypatch.setattr("tasks.telemetry.host_metrics.GPU_TIMEOUT", 0.2)
    tool(tmp_path, says, monkeypatch)
    assert gpus() == ()
    assert "gpu0_memory" not in Observer(tmp_path).measure().percents


def test_a_crossed_threshold_is_reported_once_in_each_direction() -> None:
    alarm = Alarm(THRESHOLDS)
    course = [50, 69.9, 70, 71, 69, 66, 70, 64.9, 60, 89, 90, 86, 96, 84, 10]
    said = [[(a.former_level, a.level) for a in alarm.check([machine(memory=p)])] for p in course]
    assert said == [
        [],
        [],
        [("healthy", "warning")],
        [],
        [],
        [],
        [],
        [("warning", "healthy")],
        [],
        [("healthy", "warning")],
        [("warning", "critical")],
        [],
        [],
        [("critical", "warning")],
        [("warning", "healthy")],
    ]


def test_each_machine_and_resource_has_its_own_level() -> None:
    alarm = Alarm(THRESHOLDS)
    twice = machine(storage=96)
    said = alarm.check([twice, twice, machine(memory=75, host="two")])
    assert [(a.host, a.resource, a.level, a.threshold) for a in said] == [
        ("one", "storage", "critical", 95.0),
        ("two", "memory", "warning", 70.0),
    ]
    assert said[0].message == "storage of one is critical: 96 %"
    assert alarm.check([twice]) == []
    assert Alarm(THRESHOLDS, alarm.levels).check([twice]) == []  # a standby knows what was said


def test_a_busy_processor_is_healthy_and_an_overloaded_one_is_not() -> None:
    alarm = Alarm(THRESHOLDS)
    assert alarm.check([machine(load_percent=150.0)]) == []
    [crowded] = alarm.check([machine(load_percent=250.0)])
    assert (crowded.resource, crowded.level) == ("cpu", "warning")
    [full] = alarm.check([machine(load_percent=250.0, gpus=(Gpu("H200", 10, 97),))])
    assert full.resource == "gpu0_memory"
    assert THRESHOLDS.of_resource("cpu")[1] == NEVER


def test_freed_memory_is_returned_to_the_system() -> None:
    release_free_memory()  # whatever the C library is, it does not raise


# --- workers --------------------------------------------------------------------------


@pytest.fixture
def registry() -> Registry:
    """With three simulated models, the one for `voice` used last."""
    made = Registry("lite")
    for stage in ("voice", "face", "animate", "voice"):
        made.ready(stage, "simulated")
    assert made.warm == ("face/simulated", "animate/simulated", "voice/simulated")
    return made


def test_the_least_recently_used_model_is_unloaded_first(
    registry: Registry, tmp_path: Path
) -> None:
    pressed = {"CALLSHEET_STATE": str(tmp_path), "MEMORY_CRITICAL_PERCENT": "0.01"}
    relief = MemoryPressure(read(pressed), registry)
    with registry.place("voice", "simulated"):
        relief.unload_if_critical()
    assert len(registry.warm) == 3  # a stage is at work
    relief = MemoryPressure(read(pressed), registry)
    relief.unload_if_critical()
    assert registry.warm == ("animate/simulated", "voice/simulated")
    relief.unload_if_critical()
    assert len(registry.warm) == 2  # what was given back must show first
    assert registry.unload_oldest() == "animate/simulated"
    assert registry.unload_oldest() == "voice/simulated"
    assert registry.unload_oldest() == ""
    registry.ready("animate", "simulated")
    assert registry.warm == ("animate/simulated",)


def test_a_model_whose_unloading_fails_is_removed(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card whose context is lost refuses even that; heartbeats ask for it from a thread."""

    def lost(_: SimulatedFace) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(SimulatedFace, "close", lost)
    assert registry.unload_oldest() == "face/simulated"
    assert registry.warm == ("animate/simulated", "voice/simulated")
    registry.ready("face", "simulated")
    registry.close()
    assert registry.warm == ()


def test_nothing_is_unloaded_while_memory_suffices(registry: Registry, tmp_path: Path) -> None:
    roomy = {"CALLSHEET_STATE": str(tmp_path), "MEMORY_CRITICAL_PERCENT": "100"}
    MemoryPressure(read(roomy), registry).unload_if_critical()
    assert len(registry.warm) == 3


def test_the_budget_of_a_worker_is_that_of_its_stages() -> None:
    assert budget_mb("script", read({})) == 512
    assert budget_mb("lite", read({})) == 8000
    assert budget_mb("lite", read({"WORKER_MEMORY_MB": "700"})) == 700
