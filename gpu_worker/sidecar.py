"""A warm process beside a worker, which answers requests in lines of JSON.

It sends the first line when it is ready. `{"bytes": N}` in an answer means that N raw bytes follow
it. `{"error": "memory", "said": ...}` means that memory ran out; any other `error` is a fault.

A separate thread starts the process, because the kernel ends a child with the thread that started
it (see `gpu_worker.subprocesses`), and the threads that run stages come and go.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from gpu_worker.subprocesses import child
from tasks.domain.errors import EngineBroken, StageError, StageOutOfMemory

_CHECK_SECONDS: Final = 0.1
"""Seconds between two checks for a stop while waiting for an answer."""
_AT_ONCE: Final = 1 << 20
_KILLED: Final = -9
_MOST_ERROR_TEXT: Final = 2000

Answer = tuple[dict[str, Any], bytes]


class Sidecar:
    """A child process that one thread at a time may use."""

    def __init__(self, command: Sequence[str], cwd: Path, environ: dict[str, str]) -> None:
        self._closed = threading.Event()
        self._errors = TemporaryFile()  # noqa: SIM115  closed by the owner
        self._received = bytearray()
        self._pending = 1
        started: Future[subprocess.Popen[bytes]] = Future()
        self._owner = threading.Thread(
            target=self._run_process,
            args=(started, command, cwd, environ),
            daemon=True,
            name="sidecar",
        )
        self._owner.start()
        self._process = started.result()
        assert self._process.stdin is not None  # noqa: S101  child() opens both
        assert self._process.stdout is not None  # noqa: S101
        self._input, self._output = self._process.stdin, self._process.stdout

    def _run_process(
        self, started: Future[Any], command: Sequence[str], cwd: Path, environ: Any
    ) -> None:
        try:
            with (
                self._errors,
                child(
                    command, stdin=subprocess.PIPE, stderr=self._errors, cwd=cwd, env=environ
                ) as process,
            ):
                started.set_result(process)
                self._closed.wait()
        except OSError as error:
            started.set_exception(EngineBroken(error=str(error)))

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed.set()
        self._owner.join()

    def ask(self, **request: Any) -> None:
        """Send a request; several requests are answered in order."""
        try:
            self._input.write(json.dumps(request).encode() + b"\n")
            self._input.flush()
        except OSError as error:
            raise self._ended() from error
        self._pending += 1

    def answer(self, check: Callable[[], None]) -> Answer:
        """Return the next answer. If `check` raises, the answer stays pending."""
        while (answer := self._complete_answer()) is None:
            self._read(check)
        self._pending -= 1
        message, data = answer
        if message.get("error") == "memory":
            raise StageOutOfMemory(said=message["said"])
        if "error" in message:
            raise EngineBroken(said=message["said"])
        return message, data

    def forget(self, check: Callable[[], None]) -> None:
        """Discard the pending answers of interrupted requests."""
        while self._pending > 0:
            try:
                self.answer(check)
            except (StageOutOfMemory, EngineBroken):
                if not self.alive:
                    raise

    def _complete_answer(self) -> Answer | None:
        """Return a complete answer, if there is one."""
        begin = self._received.find(b"\n") + 1
        if not begin:
            return None
        message: dict[str, Any] = json.loads(self._received[:begin])
        end = begin + int(message.get("bytes", 0))
        if len(self._received) < end:
            return None
        data = bytes(self._received[begin:end])
        del self._received[:end]
        return message, data

    def _read(self, check: Callable[[], None]) -> None:
        check()
        while not select.select([self._output], [], [], _CHECK_SECONDS)[0]:
            check()
        received = os.read(self._output.fileno(), _AT_ONCE)
        if not received:
            raise self._ended()
        self._received += received

    def _ended(self) -> StageError:
        """Return the reason of its end; an unexpected SIGKILL means that memory ran out."""
        self._pending = 0
        code = self._process.wait(10)
        if code == _KILLED:
            return StageOutOfMemory(exit_code=code)
        self._errors.seek(0)
        errors = self._errors.read().decode(errors="replace")
        return EngineBroken(exit_code=code, said=errors[-_MOST_ERROR_TEXT:])
