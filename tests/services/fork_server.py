"""Starts the system's processes from interpreters that have imported their packages already.

Half of what a test of the whole system costs is importing. One server for the control plane and
one for workers import it once; each start is a fork that runs the program's main module as
`python -m` would.
"""

from __future__ import annotations

import atexit
import gc
import importlib.util
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.services import pool_fork

ROOT = Path(__file__).resolve().parents[2]
CONTROL_PLANE, WORKER = "control plane", "worker"
SERVED_BY = {
    "web.wsgi": CONTROL_PLANE,
    "web.control": CONTROL_PLANE,
    "web.cli": CONTROL_PLANE,
    "gpu_worker": WORKER,
    "tests.faults.worker": WORKER,
    "tests.fleet.worker": WORKER,
}
"""The programs, and the server of each."""
PRELOADED = {
    CONTROL_PLANE: (
        "web.wsgi",
        "web.control.__main__",
        "web.cli.__main__",
        "web.realtime.client",
        "alembic.command",
        "httpx",
        "kombu.transport.redis",
        "PIL.Image",
    ),
    WORKER: (
        "gpu_worker.__main__",
        "gpu_worker.tasks",
        "celery.apps.worker",
        "celery.bin.celery",
        "celery.worker",
        "celery.concurrency.prefork",
        "kombu.transport.redis",
        "numpy",
        "PIL.Image",
    ),
}
"""What each server imports; the worker's has nothing of Flask or SQLAlchemy."""
MAIN_MODULES = ("web.wsgi", "web.control.__main__", "gpu_worker.__main__", "web.cli.__main__")
_AT_START = ("LD_PRELOAD",)
"""What only a new interpreter reads, when it starts."""
_LARGEST_MESSAGE = 1 << 20


class ForkedProcess:
    """A started process, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.pid = pid
        self._server = server

    @property
    def returncode(self) -> int | None:
        return self._server.ended.get(self.pid)

    def poll(self) -> int | None:
        self._server.receive(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self._server.receive(0.05)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """An interpreter with the packages of some programs, and what is known of its forks."""

    def __init__(self, kind: str) -> None:
        self.ended: dict[int, int] = {}
        """Exit codes by process id."""
        self.cpu = 0.0
        """CPU seconds of the processes that have ended, and of their children."""
        self._lock = threading.RLock()
        self._started: list[int] = []
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.fork_server", str(theirs.fileno()), kind],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        self.pid = self._process.pid
        theirs.close()
        atexit.register(self.close)

    def start(self, command: list[str], environ: Mapping[str, str], log: Path) -> ForkedProcess:
        order = {"command": command, "environ": dict(environ), "log": str(log)}
        with self._lock:
            self._socket.sendall(json.dumps(order).encode())
            while not self._started:
                self.receive(60)
            pid = self._started.pop()
        return ForkedProcess(self, pid)

    def receive(self, seconds: float) -> None:
        """Read what the server reports, waiting so long for the first of it."""
        with self._lock:
            while select.select([self._socket], [], [], seconds)[0]:
                message = self._socket.recv(_LARGEST_MESSAGE)
                if not message:
                    raise RuntimeError("the fork server has ended")
                report = json.loads(message)
                if "code" in report:
                    self.ended[report["pid"]] = report["code"]
                    self.cpu += report["cpu"]
                else:
                    self._started.append(report["pid"])
                    self.ended.pop(report["pid"], None)  # the kernel may give a number again
                seconds = 0

    def close(self) -> None:
        self._socket.close()
        self._process.wait(30)


_servers: dict[str, ForkServer] = {}


def start(command: list[str], environ: Mapping[str, str], log: Path) -> ForkedProcess | None:
    """Start a program in a session of its own; None if there is no server for it."""
    program = command[0]
    if program not in SERVED_BY or any(name in environ for name in _AT_START):
        return None
    kind = SERVED_BY[program]
    if kind not in _servers:
        _servers[kind] = ForkServer(kind)
    return _servers[kind].start(command, environ, log)


def spent() -> float:
    """CPU seconds of all forked processes that have ended."""
    for server in _servers.values():
        server.receive(0)
    return sum(server.cpu for server in _servers.values())


def pids() -> set[int]:
    """The process ids of the servers themselves."""
    return {server.pid for server in _servers.values()}


def _serve(connection: socket.socket) -> dict[str, Any]:
    """Fork for each order; returns the order in the forked process only."""
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(awake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        readable, _, _ = select.select([connection, awake], [], [])
        if awake in readable:
            os.read(awake, 4096)
        _report_ended(connection)
        if connection not in readable:
            continue
        try:
            message = connection.recv(_LARGEST_MESSAGE)
        except ConnectionResetError:  # the tests have ended without reading the last report
            sys.exit()
        if not message:
            sys.exit()
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(awake)
            os.close(wake)
            connection.close()
            order: dict[str, Any] = json.loads(message)
            return order
        connection.sendall(json.dumps({"pid": pid}).encode())


def _report_ended(connection: socket.socket) -> None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        code = os.waitstatus_to_exitcode(status)
        report = {"pid": pid, "code": code, "cpu": usage.ru_utime + usage.ru_stime}
        connection.sendall(json.dumps(report).encode())


def _become(order: dict[str, Any]) -> None:
    """Make the forked process what a new interpreter would be."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["environ"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    sys.argv = [order["command"][0], *order["command"][1:]]


def _load_engines() -> None:
    """Import the engines that a worker of the lightest environment probes at its start."""
    from config.environments import ENVIRONMENTS
    from config.stages import ALL_STAGES

    for stage in ENVIRONMENTS["lite"].stages:
        for name in ALL_STAGES[stage].engines:
            module = f"gpu_worker.engines.{stage}.{name}"
            if importlib.util.find_spec(module):
                importlib.import_module(module)


def _configure_mappers() -> None:
    from sqlalchemy.orm import configure_mappers

    configure_mappers()


def main() -> None:
    # A process whose parent was killed is waited for here, and its CPU seconds are counted.
    pool_fork.be_subreaper(True)
    kind = sys.argv[2]
    for module in PRELOADED[kind]:
        importlib.import_module(module)
    (_load_engines if kind == WORKER else _configure_mappers)()
    for module in MAIN_MODULES:
        sys.modules.pop(module, None)  # `runpy` executes it, as the main module
    assert threading.active_count() == 1, "a fork takes one thread along, and all locks"
    gc.freeze()  # collections in the forked processes pass over what is imported
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    _become(order)
    if kind == WORKER:
        pool_fork.prepare()
    runpy.run_module(order["command"][0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
