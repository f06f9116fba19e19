"""One leader, by a lock that the database keeps; a second control is a hot standby.

The lock goes with the process that holds it: PostgreSQL drops an advisory lock with its
connection, the kernel drops a file lock with its owner. One that stands still (stopped, or its
machine gone from the network) loses it when it has not turned for so long: PostgreSQL ends its
connections itself; beside SQLite, where it may hold the only right to write as well, the
standby ends the process. No clocks are compared.
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
    """Try to get it, ask whether it is still ours."""

    def __init__(self, engine: Engine, patience: float) -> None:
        """`patience`: seconds without a question after which the leader is one no more."""
        self._engine = engine
        self._patience = patience
        self._file: IO[str] | None = None
        self._connection: Connection | None = None
        self._seen = (0, 0.0)
        """The beat of the leader that was seen last, and since when there was no other."""
        if engine.dialect.name != "sqlite":
            event.listen(engine, "connect", self._bound)
            engine.dispose()  # those that were there before are not

    def acquire(self) -> bool:
        return self._by_dialect(self._acquire_file, self._acquire_advisory)

    def is_held(self) -> bool:
        """Whether deciding is still our right; to be asked often, for that keeps it."""
        return self._by_dialect(self._beats, self._connected)

    def close(self) -> None:
        """Make way for a standby at once."""
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
                self._watch(file)
            return False
        file.truncate(0)
        file.write(_name(os.getpid()))
        file.flush()
        self._file = file
        return True

    def _beats(self) -> bool:
        if self._file is None:
            return False
        os.utime(self._file.fileno())
        return True

    def _watch(self, file: IO[str]) -> None:
        """End a leader that has not moved for as long as we are patient."""
        beat, moment = os.fstat(file.fileno()).st_mtime_ns, time.monotonic()
        if beat != self._seen[0]:
            self._seen = beat, moment
        if moment - self._seen[1] < self._patience:
            return
        file.seek(0)
        told = file.read()
        _, _, pid = told.rpartition(" ")
        if pid.isdecimal() and told == _name(int(pid)):
            log.warning("the leader, process %s, stands still and is ended", pid)
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)

    # --- PostgreSQL, 14 or later --------------------------------------------------------

    def _bound(self, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        """Whoever stops in the middle of a transaction must not keep its locks either."""
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
        return int(1000 * self._patience)

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
    """Of a process, so that nobody of the same number on another machine is meant."""
    return f"{socket.gethostname()} {pid}"
