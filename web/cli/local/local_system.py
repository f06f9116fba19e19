"""Start the whole system on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
import psutil

from config import exposure, private_files
from config.installation import VENVS
from config.settings import Settings, read
from config.values import is_set
from web.cli.local import ports, process_plan, procfile
from web.cli.local.logs import tail
from web.cli.local.overseer import OverseerThread
from web.cli.local.process_manager import Manager, Process
from web.state_directory import ROOT, StateDirectory

READY_SECONDS = 600.0
"""A loaded machine is slow, and not broken; processes that fail end the wait much sooner."""
SILENT_SECONDS = 5.0
"""Within which a usual start is over; after them, it is said what is awaited."""
REPEAT_SECONDS = 30.0
PATIENCE_SECONDS = 8.0
"""How long a process may keep failing during startup, as some wait for others."""

Say = Callable[[str], None]

ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  looked up, never bound


class NotStarted(Exception):
    """The system did not start; the message names the process and its last log lines."""


@dataclass(frozen=True, slots=True)
class System:
    """A running system."""

    settings: Settings
    state: StateDirectory
    manager: Manager
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL for users on this machine."""
        return f"http://{_reachable(self.settings.host)}:{self.settings.port}"

    @property
    def flower_url(self) -> str:
        return f"http://{_reachable(self.settings.host)}:{self.settings.flower_port}"


def _reachable(host: str) -> str:
    return ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)


@contextmanager
def running_system(environ: Mapping[str, str], say: Say) -> Iterator[System]:
    """Start all processes, wait until the server is ready, and stop them after the block."""
    state = StateDirectory.find(environ)
    programs = procfile.read(ROOT / "Procfile")
    embedded = not is_set("REDIS_URL", environ)
    wanted = read(environ)
    members = process_plan.plan_processes(
        programs,
        embedded_redis=embedded,
        venvs=VENVS,
        mcp=wanted.mcp.is_on,
        live=wanted.live.is_on,
    )
    with Manager(state, members, ROOT) as manager:
        complete, notes = complete_environment(environ, state)
        settings = read(complete)
        exposure.enforce(settings)
        for note in notes:
            say(note)
        _migrate(complete)
        manager.start(complete)
        system = System(settings, state, manager, notes)
        _await_ready(system, say)
        with private_files.owner_only():
            # Written aside first: a command that finds the file must find the whole address.
            part = state.address.with_suffix(".part")
            part.write_text(system.url)
            part.replace(state.address)
        try:
            with OverseerThread(settings, manager, say):
                yield system
        finally:
            state.address.unlink(missing_ok=True)


def complete_environment(
    environ: Mapping[str, str], state: StateDirectory
) -> tuple[dict[str, str], list[str]]:
    """Return the environment of all processes, and notes for the user."""
    given = {name: value for name, value in environ.items() if value.strip()}
    settings = read(given)
    host = settings.host
    web = ports.choose(host, settings.port, "PORT", explicit="PORT" in given)
    flower = ports.choose(
        host, settings.flower_port, "FLOWER_PORT", explicit="FLOWER_PORT" in given
    )
    defaults = {
        "REDIS_URL": state.redis_url,
        "FLOWER_BASIC_AUTH": f"callsheet:{state.secret('flower-password')}",
    }
    chosen = {
        "CALLSHEET_STATE": str(state.directory),
        "PORT": str(web.number),
        "FLOWER_PORT": str(flower.number),
        "FLOWER_ADDRESS": host,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), given.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",  # the last output of a process that dies must be in its log
    }
    return defaults | given | chosen, [port.note for port in (web, flower) if port.note]


def _migrate(environ: Mapping[str, str]) -> None:
    """Migrate the database before any process starts."""
    done = subprocess.run(
        [sys.executable, "-m", "web.migrate"],
        cwd=ROOT,
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stderr + done.stdout).strip().splitlines()[-20:]
        raise NotStarted("\n".join(["The database could not be prepared:", *lines]))


def _await_ready(system: System, say: Say) -> None:
    """Wait until this system's server reports that it is ready; say what it waits for."""
    began = time.monotonic()
    failing: dict[str, float] = {}
    wait = Wait(say, began)
    with httpx.Client(base_url=system.url, timeout=5.0) as http:
        while (missing := _missing(system, http)) is not None:
            now = time.monotonic()
            processes = system.manager.processes()
            failing = {p.name: failing.get(p.name, now) for p in processes if p.failed}
            stuck = [p for p in processes if now - failing.get(p.name, now) > PATIENCE_SECONDS]
            if stuck or not system.manager.alive() or now - began > READY_SECONDS:
                raise NotStarted(last_log_lines(stuck or processes, missing))
            wait.note(missing, now)
            time.sleep(0.1)


@dataclass
class Wait:
    """What a person is told while the system starts: nothing at first, then each change."""

    say: Say
    began: float
    _said: str = ""
    _said_at: float = 0.0

    def note(self, missing: str, now: float) -> None:
        """Say what is awaited if it is new, or was said long ago."""
        is_due = missing != self._said or now - self._said_at > REPEAT_SECONDS
        if is_due and now - self.began > SILENT_SECONDS:
            self.say(f"Waiting for {missing} ({now - self.began:.0f} s)")
            self._said, self._said_at = missing, now


def _missing(system: System, http: httpx.Client) -> str | None:
    """Return what is not ready yet; None if all is."""
    try:
        answer = http.get("/readyz")
    except httpx.TransportError:
        return describe_start(system.manager.processes())
    if answer.status_code != httpx.codes.OK:
        return describe_checks(answer)
    return None if _is_ours(system) else f"{system.url}: another program answers there"


def describe_start(processes: list[Process]) -> str:
    """Describe what is awaited before the server answers."""
    waiting = [process.name for process in processes if process.state != "RUNNING"]
    return f"these processes: {', '.join(waiting)}" if waiting else "the server to answer"


def describe_checks(answer: httpx.Response) -> str:
    """Describe which checks of `/readyz` fail, and why."""
    try:
        checks = answer.json()["checks"].items()
    except (ValueError, KeyError, AttributeError):
        return f"the server, which answers {answer.status_code}"
    failed = [f"{name} ({check['why']})" for name, check in checks if not check["ok"]]
    return ", ".join(failed) or "the server to answer"


def _is_ours(system: System) -> bool:
    """Check that the server is this system's, as another may have taken the port meanwhile."""
    pids = {process.pid for process in system.manager.processes() if process.name == "web"}
    for pid in pids - {0}:
        try:
            connections = psutil.Process(pid).net_connections(kind="tcp")
        except psutil.Error:
            continue
        listening = {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}
        if system.settings.port in listening:
            return True
    return False


def last_log_lines(processes: list[Process], missing: str = "the server to answer") -> str:
    """Describe the processes that do not run, with their last log lines."""
    lines: list[str] = ["The system did not start."]
    for process in processes:
        if process.state == "RUNNING":
            continue
        lines.append(f"\n{process.name} is {process.state.lower()}; last lines of {process.log}:")
        lines += [f"  {line}" for line in tail(process.log, 15)] or ["  (no output)"]
    if len(lines) == 1:
        lines.append(f"Every process runs, but it waited too long for {missing}.")
    return "\n".join(lines)
