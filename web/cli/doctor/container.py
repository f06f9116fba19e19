"""Checks of the container that this process runs in: its rights, limits and volumes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from config.setting import all_settings
from config.settings import Settings
from tasks.telemetry.cgroup import Cgroup
from web.cli.doctor.check_result import CheckResult, ok, warning

_MARKS: Final = (".dockerenv", "run/.containerenv")
_KUBERNETES: Final = "KUBERNETES_SERVICE_HOST"


@dataclass(frozen=True, slots=True)
class Container:
    """What a container looks like from the inside."""

    status: Mapping[str, str]
    """The fields of `/proc/self/status`."""
    mounts: frozenset[Path]
    """Where volumes are mounted."""
    read_only: bool
    """Whether its own file system cannot be written."""
    has_memory_limit: bool

    @classmethod
    def of_this_process(cls, root: Path = Path("/")) -> Container | None:
        """Describe the container of this process; None outside of one."""
        marked = any((root / mark).exists() for mark in _MARKS)
        if not marked and _KUBERNETES not in os.environ:
            return None
        lines = (root / "proc/self/status").read_text().splitlines()
        mounts = (root / "proc/self/mounts").read_text().splitlines()
        return cls(
            {name: value.strip() for name, _, value in (line.partition(":") for line in lines)},
            frozenset(Path(line.split()[1]) for line in mounts if len(line.split()) > 1),
            bool(os.statvfs(root).f_flag & os.ST_RDONLY),
            Cgroup(root / "sys/fs/cgroup").memory() is not None,
        )


def checks(environ: Mapping[str, str], settings: Settings) -> Iterator[CheckResult]:
    """Check this container; nothing outside of one."""
    container = Container.of_this_process()
    if container is not None:
        yield from judge(container, environ, settings)


def judge(
    container: Container, environ: Mapping[str, str], settings: Settings
) -> Iterator[CheckResult]:
    yield _rights(container)
    yield _file_system(container)
    yield _memory(container)
    yield from _volumes(container, settings)
    yield _secrets(environ)
    if settings.log_format == "json":
        yield ok("container/logs", "one line of JSON for each event")
    else:
        yield warning("container/logs", "logs are written for people", "LOG_FORMAT=json")
    if settings.monitoring.metrics_port:
        yield ok("container/metrics", f"served from port {settings.monitoring.metrics_port} on")
    else:
        yield warning("container/metrics", "no process serves its own metrics", "METRICS_PORT=9100")


def _rights(container: Container) -> CheckResult:
    status = container.status
    found = []
    if status.get("Uid", "0").split()[0] == "0":
        found.append("processes run as root")
    if int(status.get("CapEff", "0") or "0", 16):
        found.append("it has capabilities")
    if status.get("NoNewPrivs") != "1":
        found.append("its processes may gain rights")
    if found:
        remedy = "docker run --user 10001 --cap-drop ALL --security-opt no-new-privileges"
        return warning("container/rights", "; ".join(found), remedy)
    return ok("container/rights", "an ordinary user without capabilities")


def _file_system(container: Container) -> CheckResult:
    if container.read_only:
        return ok("container/files", "its own file system is read-only")
    return warning(
        "container/files", "its own file system can be written", "docker run --read-only"
    )


def _memory(container: Container) -> CheckResult:
    if container.has_memory_limit:
        return ok("container/memory", "limited")
    problem = "without a limit, one process can take all memory of the host"
    return warning("container/memory", problem, "docker run --memory 1g")


def _volumes(container: Container, settings: Settings) -> Iterator[CheckResult]:
    """Check that what must outlive the container is on a volume."""
    kept = {"CALLSHEET_STATE": settings.state}
    store = urlsplit(settings.artifacts_url)
    if store.scheme in ("", "file"):
        kept["ARTIFACTS_URL"] = Path(unquote(store.path))
    scheme, _, path = settings.database_url.partition(":///")
    if scheme.startswith("sqlite"):
        kept["DATABASE_URL"] = Path(path)
    lost = [name for name, where in kept.items() if not _is_on_volume(where, container.mounts)]
    if lost:
        problem = f"{', '.join(lost)}: lost with the container, because it is on no volume"
        yield warning("container/volumes", problem, "docker run --volume state:/state")
    else:
        yield ok("container/volumes", "what must be kept is on volumes")


def _is_on_volume(path: Path, mounts: frozenset[Path]) -> bool:
    places = [path, *path.parents]
    return any(place in mounts for place in places if place != Path("/"))


def _secrets(environ: Mapping[str, str]) -> CheckResult:
    """Check that secrets are files: the environment shows in `docker inspect`."""
    declared = (one.metadata for one in all_settings(Settings) if one.metadata["hidden"])
    shown = sorted(str(one["env"]) for one in declared if environ.get(one["env"]))
    if shown:
        problem = f"in the environment, which `docker inspect` shows: {', '.join(shown)}"
        return warning("container/secrets", problem, f"{shown[0]}_FILE=/run/secrets/...")
    return ok("container/secrets", "none in the environment")
