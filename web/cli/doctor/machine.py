"""Checks of the machine: Python, disk, memory and ports."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

from config.environments import ENVIRONMENTS
from config.settings import Settings
from config.supported_platform import platform_problem
from tasks.telemetry.host_metrics import memory_limit_mb
from web.cli.doctor.check_result import CheckResult, missing, ok, warning
from web.cli.local import ports
from web.state_directory import StateDirectory

LEAST_DISK_GB = 10
LEAST_MEMORY_GB = 16
"""Needed for model environments; the embedded default needs far less."""


def python() -> CheckResult:
    refusal = platform_problem()
    if refusal:
        return missing("python", refusal, "apt-get install python3.11 python3.11-venv")
    return ok("python", f"CPython {platform.python_version()}")


def disk(state: StateDirectory) -> CheckResult:
    """Check the free space of the state directory's file system."""
    existing = next(path for path in (state.directory, *state.directory.parents) if path.exists())
    return judge_disk(shutil.disk_usage(existing).free / 1e9, state.directory)


def judge_disk(free_gb: float, directory: Path) -> CheckResult:
    said = f"{free_gb:.1f} GB free for {directory}"
    if free_gb >= LEAST_DISK_GB:
        return ok("disk", said)
    remedy = "free some space, or CALLSHEET_STATE=/another/disk"
    return warning("disk", f"{said}; {LEAST_DISK_GB} GB are recommended", remedy)


def memory(venvs: Path) -> CheckResult:
    models = [name for name in ENVIRONMENTS if name != "lite" and (venvs / name).exists()]
    return judge_memory(memory_limit_mb() / 2**10, models)


def judge_memory(total_gb: float, models: list[str]) -> CheckResult:
    """Check the memory that installed model environments need."""
    said = f"{total_gb:.1f} GB"
    if total_gb >= LEAST_MEMORY_GB or not models:
        return ok("memory", said)
    names = ", ".join(models)
    return warning(
        "memory",
        f"{said}; the model environments ({names}) want {LEAST_MEMORY_GB} GB",
        "run their workers on a larger machine: REDIS_URL=... python -m gpu_worker NAME",
    )


def listening(settings: Settings, here: str | None) -> list[CheckResult]:
    """Check that the ports are free or used by this system itself."""
    if here is not None:
        return [ok("port", f"Callsheet is running at {here}")]
    configured = (("PORT", settings.port), ("FLOWER_PORT", settings.flower_port))
    return [_port(settings.host, variable, number) for variable, number in configured]


def _port(host: str, variable: str, number: int) -> CheckResult:
    if ports.is_free(host, number):
        return ok("port", f"{number} ({variable}) is free on {host}")
    other = ports.find_free_port(host)
    return warning("port", f"{number} ({variable}) is in use on {host}", f"{variable}={other}")
