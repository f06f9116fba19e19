"""A server that a test starts as a process of its own: awaited, watched, surely ended."""

from __future__ import annotations

import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.services.waiting import until


class Program(ABC):
    """One of them; a `with` block starts it and ends it."""

    def __init__(self, log: Path) -> None:
        self._log = log
        """What it says; its end is shown when it does not come up."""
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self) -> None:
        """Run it, until it answers."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it can be used."""

    def _run(self, command: Sequence[str | Path], seconds: float = 60, **options: Any) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **options)
        until(self._is_up, f"{Path(command[0]).name} answers", seconds)

    def _is_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(self._log.read_text()[-2000:])
        return self._answers()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.kill()
