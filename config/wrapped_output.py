"""With `LOG_FORMAT=json`, whatever libraries print becomes log lines too: one event, one line."""

from __future__ import annotations

import io
import logging
import sys
import threading
from types import TracebackType
from typing import Final

log = logging.getLogger("uncaught")

_LONGEST: Final = 16_000
"""A line that is not ended by then is written in pieces."""


class LoggedLines(io.TextIOBase):
    """A stream that logs each line that is written to it."""

    def __init__(self, name: str) -> None:
        self._log = logging.getLogger(name)
        self._pending: dict[int, str] = {}
        """The unfinished line of each thread."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        thread = threading.get_ident()
        *lines, rest = (self._pending.pop(thread, "") + text).replace("\r", "\n").split("\n")
        for line in lines:
            self._write(line)
        if len(rest) > _LONGEST:
            self._write(rest)
        elif rest:
            self._pending[thread] = rest
        return len(text)

    def flush(self) -> None:
        """Keep an unfinished line: its end follows."""

    def _write(self, line: str) -> None:
        if line.strip():
            self._log.info("library output", extra={"line": line.rstrip()})


def install() -> None:
    """Log what is printed, warned about and not caught in this process."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.stdout = LoggedLines("stdout")
    sys.stderr = LoggedLines("stderr")


def _uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _uncaught_in_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_value is not None and not issubclass(found.exc_type, SystemExit):
        name = found.thread.name if found.thread is not None else ""
        what = (found.exc_type, found.exc_value, found.exc_traceback)
        log.critical("uncaught exception", exc_info=what, extra={"thread_name": name})
