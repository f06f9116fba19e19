"""Elect one leader by a lock of the database; other controllers are hot standbys.

The lock ends with the process that holds it: PostgreSQL drops an advisory lock with its
connection, and the kernel drops a file lock with its owner. A leader that makes no progress
(stopped, or cut off from the network) loses it after a time-out: PostgreSQL closes its
connections; with SQLite, where it may also hold the write lock, a standby ends the process.
No clocks are compared.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

log = logging.getLogger(__name__)

LOCK_NUMBER = 0x63616C6C  # "call"


class Leadership:
    """Whether this process is the one that decides for all jobs."""

    def __init__(self, engine: Engine, silence: float) -> None:
        """Prepare to lead; `silence` seconds without a call of `is_held` end the leadership."""
        self._engine = engine
        self._silence = silence
        self._file: IO[str] | None = None
        self._connection: Connection | None = None
        self._seen = (0, 0.0)
        """The last heartbeat of the leader, and when it was first seen."""
        if engine.dialect.name != "sqlite":
            event.listen(engine, "connect", self._limit_idle_time)
            engine.dispose()  # older connections have no time-out

    def acquire(self) -> bool:
        return self._by_dialect(self._acquire_file, self._acquire_advisory)

    def is_held(self) -> bool:
        """Return whether this process still leads; call it often to keep leading."""
        return self._by_dialect(self._send_heartbeat, self._connected)

    def close(self) -> None:
        """Stop leading, so that a standby takes over at once."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None

    def _by_dialect(self, sqlite: Callable[[], bool], other: Callable[[], bool]) -> bool:
        return sqlite() if self._engine.dialect.name == "sqlite" else other()

    # --- SQLite: all processes are on one machine ---------------------------------------

    def _acquire_file(self) -> bool:
        path = Path(f"{self._engine.url.database}.leader")
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                self._kill_silent_leader(file)
            return False
        file.truncate(0)
        file.write(_name(os.getpid()))
        file.flush()
        self._file = file
        return True

    def _send_heartbeat(self) -> bool:
        if self._file is None:
            return False
        os.utime(self._file.fileno())
        return True

    def _kill_silent_leader(self, file: IO[str]) -> None:
        """Kill a leader that has sent no heartbeat for too long."""
        beat, moment = os.fstat(file.fileno()).st_mtime_ns, time.monotonic()
        if beat != self._seen[0]:
            self._seen = beat, moment
        if moment - self._seen[1] < self._silence:
            return
        file.seek(0)
        holder = file.read()
        _, _, pid = holder.rpartition(" ")
        if pid.isdecimal() and holder == _name(int(pid)):
            log.warning("leader makes no progress, ending its process", extra={"pid": pid})
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    # --- PostgreSQL, 14 or later --------------------------------------------------------

    def _limit_idle_time(self, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        """Limit idle transactions, so that a process that stops inside one loses its locks."""
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = {self._milliseconds}")
        cursor.close()
        connection.commit()

    def _acquire_advisory(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = text("SELECT pg_try_advisory_lock(:number)")
        if not connection.scalar(query, {"number": LOCK_NUMBER}):
            connection.close()
            return False
        self._connection = connection
        connection.execute(text(f"SET idle_session_timeout = {self._milliseconds}"))
        return True

    @property
    def _milliseconds(self) -> int:
        return int(1000 * self._silence)

    def _connected(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self._connection.invalidate()
            self._connection = None
            return False
        return True


def _name(pid: int) -> str:
    """Name a process together with its host: another host may have the same process id."""
    return f"{socket.gethostname()} {pid}"
