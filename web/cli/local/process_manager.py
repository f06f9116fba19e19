"""Run supervisord as a child process: start it, query it, stop it, and never leave it behind."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

from config import private_files
from web.cli.local import supervisor_config
from web.cli.local.process_plan import PlannedProcess
from web.state_directory import ROOT, StateDirectory

STOP_SECONDS = 45
"""Longer than the sum of the three groups' stop times."""
ANSWER_SECONDS = 120
"""Long, because a loaded machine is slow; a manager that has ended is not awaited."""

NO_ANSWER = (OSError, HTTPException, xmlrpc.client.Error)


class AlreadyRunning(Exception):
    """Another system uses this state directory, or is still stopping."""


class ManagerFailed(Exception):
    """supervisord did not start."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore further Ctrl-C, which would leave processes behind."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class Process:
    """The state of one managed process."""

    name: str
    state: str
    pid: int
    log: Path
    failed: bool
    """Whether it ended shortly after its start and is being restarted."""


class Manager:
    """All processes of one system, which stop when the `with` block ends."""

    def __init__(
        self, state: StateDirectory, members: Sequence[PlannedProcess], root: Path
    ) -> None:
        self._state = state
        self._members = members
        self._root = root
        self._lock: int | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    @private_files.owner_only()
    def start(self, environ: Mapping[str, str]) -> None:
        """Start supervisord and wait until it answers."""
        configuration = supervisor_config.write(self._members, self._state, self._root)
        command = [sys.executable, "-m", "web.cli.local.subreaper", str(self._state.lock)]
        command += [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord"]
        command += ["-c", str(configuration)]
        with (self._state.logs / "manager.log").open("wb") as log:
            self._keeper = subprocess.Popen(  # noqa: S603  our own command
                command,
                cwd=ROOT,  # so that `web` can be imported
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches this process alone
            )
        self._await_answer()

    def _await_answer(self) -> None:
        end = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < end and self.alive():
            with suppress(*NO_ANSWER):
                self._ask("supervisor.getState")
                return
            time.sleep(0.05)
        log_text = (self._state.logs / "manager.log").read_text(errors="replace").strip()
        raise ManagerFailed(f"The process manager did not start. {log_text[-2000:]}".strip())

    def alive(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    def processes(self) -> list[Process]:
        """Return the state of every process; empty if the manager has ended."""
        try:
            answer = self._ask("supervisor.getAllProcessInfo")
        except NO_ANSWER:
            return []
        return [
            Process(
                name=info["name"],
                state=info["statename"],
                pid=info["pid"],
                log=Path(info["stdout_logfile"]),
                failed=info["statename"] in {"BACKOFF", "FATAL"},
            )
            for info in answer
        ]

    def _ask(self, method: str) -> Any:
        return _call(self._state.sockets / "supervisor.sock", method)

    def stop(self) -> None:
        """Stop all processes in order; kill the group of any that does not stop in time."""
        if self._keeper is None:
            return
        with _undisturbed():
            self._keeper.send_signal(signal.SIGTERM)
            try:
                self._keeper.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._keeper.kill()  # the parent-death signal ends what is left
                self._keeper.wait()
        self._keeper = None

    def __enter__(self) -> Self:
        """Lock the state directory."""
        self._state.make()
        self._lock = os.open(self._state.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise AlreadyRunning(
                f"Callsheet is already running on {self._state.directory}, or is still stopping. "
                "Stop it, or set CALLSHEET_STATE to another directory."
            ) from None
        # Shared from here on, as the started processes hold it too.
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
            self._state.tidy()
        finally:
            if self._lock is not None:
                os.close(self._lock)


class _UnixConnection(HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5.0)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _call(path: Path, method: str) -> Any:
    """Call a supervisord method without arguments; raise OSError if it does not listen."""
    connection = _UnixConnection(path)
    try:
        body = xmlrpc.client.dumps((), method)
        connection.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()
