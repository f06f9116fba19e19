"""supervisord as a child of ours: started, asked, ended, and never left behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

from config import private_files
from web.cli.local import supervisor_config
from web.cli.local.process_plan import PlannedProcess
from web.cli.local.rpc import ask
from web.state_directory import ROOT, StateDirectory

STOP_SECONDS = 45
"""Above the sum of what the three groups may take to end."""

NO_ANSWER = (OSError, HTTPException, xmlrpc.client.Error)


class AlreadyRunning(Exception):
    """A system runs on this state directory, or its last processes are still ending."""


class ManagerFailed(Exception):
    """supervisord itself did not start."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """An impatient second Ctrl-C would leave processes behind."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class Process:
    """One process as the manager sees it."""

    name: str
    state: str
    pid: int
    log: Path
    failed: bool
    """It ended shortly after its start and is being tried again."""


class Manager:
    """All processes of one system. Leaving the `with` block ends every one of them."""

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
        """Returns when supervisord answers; its processes are starting then."""
        configuration = supervisor_config.write(self._members, self._state, self._root)
        command = [sys.executable, "-m", "web.cli.local.subreaper", str(self._state.lock)]
        command += [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord"]
        command += ["-c", str(configuration)]
        with (self._state.logs / "manager.log").open("wb") as log:
            self._keeper = subprocess.Popen(  # noqa: S603  our own command
                command,
                cwd=ROOT,  # where `web` is found
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
            )
        self._await_answer()

    def _await_answer(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end and self.alive():
            with suppress(*NO_ANSWER):
                self._ask("supervisor.getState")
                return
            time.sleep(0.05)
        said = (self._state.logs / "manager.log").read_text(errors="replace").strip()
        raise ManagerFailed(f"The process manager did not start. {said[-2000:]}".strip())

    def alive(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    def processes(self) -> list[Process]:
        """Every process and how it is; empty when the manager has ended."""
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
        return ask(self._state.sockets / "supervisor.sock", method)

    def stop(self) -> None:
        """End everything in order; what does not end in time is killed by group."""
        if self._keeper is None:
            return
        with _undisturbed():
            self._keeper.send_signal(signal.SIGTERM)
            try:
                self._keeper.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._keeper.kill()  # the leashes end what it leaves
                self._keeper.wait()
        self._keeper = None

    def __enter__(self) -> Self:
        """Take the state directory for ourselves."""
        self._state.make()
        self._lock = os.open(self._state.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise AlreadyRunning(
                f"Callsheet already runs on {self._state.directory}, or is still ending; "
                "end it there, or set CALLSHEET_STATE to another directory."
            ) from None
        # Shared from here on, for our processes hold their part of it.
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
            self._state.tidy()
        finally:
            if self._lock is not None:
                os.close(self._lock)
