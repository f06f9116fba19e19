"""A warm process beside a worker, which answers requests in lines of JSON.

It sends the first line when it is ready. `{"bytes": N}` in an answer means that N raw bytes follow
it; `{"error": "memory", "said": ...}` is an error of ours, as is any other error than memory.

A thread of its own holds the process, because the kernel ends a child with the thread that
started it (see `gpu_worker.subprocesses`), and the threads that carry out stages come and go.
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
_LAST_WORDS: Final = 2000

Answer = tuple[dict[str, Any], bytes]


class Sidecar:
    """The process, used by one thread at a time."""

    def __init__(self, command: Sequence[str], cwd: Path, environ: dict[str, str]) -> None:
        self._over = threading.Event()
        self._words = TemporaryFile()  # noqa: SIM115  closed by the keeper
        self._said = bytearray()
        self._owed = 1
        begun: Future[subprocess.Popen[bytes]] = Future()
        self._keeper = threading.Thread(
            target=self._run_process,
            args=(begun, command, cwd, environ),
            daemon=True,
            name="companion",
        )
        self._keeper.start()
        self._process = begun.result()
        assert self._process.stdin is not None  # noqa: S101  child() opens both
        assert self._process.stdout is not None  # noqa: S101
        self._input, self._output = self._process.stdin, self._process.stdout

    def _run_process(
        self, begun: Future[Any], command: Sequence[str], cwd: Path, environ: Any
    ) -> None:
        try:
            with (
                self._words,
                child(
                    command, stdin=subprocess.PIPE, stderr=self._words, cwd=cwd, env=environ
                ) as process,
            ):
                begun.set_result(process)
                self._over.wait()
        except OSError as impossible:
            begun.set_exception(EngineBroken(error=str(impossible)))

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._over.set()
        self._keeper.join()

    def ask(self, **what: Any) -> None:
        """Send a request; several requests are answered in order."""
        try:
            self._input.write(json.dumps(what).encode() + b"\n")
            self._input.flush()
        except OSError as error:
            raise self._ended() from error
        self._owed += 1

    def answer(self, check: Callable[[], None]) -> Answer:
        """Return the next answer. If `check` raises, the answer stays pending."""
        while (whole := self._complete_line()) is None:
            self._listen(check)
        self._owed -= 1
        message, data = whole
        if message.get("error") == "memory":
            raise StageOutOfMemory(said=message["said"])
        if "error" in message:
            raise EngineBroken(said=message["said"])
        return message, data

    def forget(self, check: Callable[[], None]) -> None:
        """Discard the pending answers of interrupted requests."""
        while self._owed > 0:
            try:
                self.answer(check)
            except (StageOutOfMemory, EngineBroken):
                if not self.alive:
                    raise

    def _complete_line(self) -> Answer | None:
        """Return a complete answer, if there is one."""
        begin = self._said.find(b"\n") + 1
        if not begin:
            return None
        message: dict[str, Any] = json.loads(self._said[:begin])
        end = begin + int(message.get("bytes", 0))
        if len(self._said) < end:
            return None
        data = bytes(self._said[begin:end])
        del self._said[:end]
        return message, data

    def _listen(self, check: Callable[[], None]) -> None:
        check()
        while not select.select([self._output], [], [], _CHECK_SECONDS)[0]:
            check()
        heard = os.read(self._output.fileno(), _AT_ONCE)
        if not heard:
            raise self._ended()
        self._said += heard

    def _ended(self) -> StageError:
        """Return the reason of its end; an unexpected SIGKILL means that memory ran out."""
        self._owed = 0
        code = self._process.wait(10)
        if code == _KILLED:
            return StageOutOfMemory(exit_code=code)
        self._words.seek(0)
        said = self._words.read().decode(errors="replace")
        return EngineBroken(exit_code=code, said=said[-_LAST_WORDS:])
