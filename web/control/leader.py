"""One leader, by a lock that the database keeps; a second control is a hot standby.

The lock goes with the process that holds it: PostgreSQL drops an advisory lock with its
connection, the kernel drops a file lock with its owner. No clock is involved.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

LOCK_NUMBER = 0x63616C6C  # "call"


class Leadership:
    """Try to get it, ask whether it is still ours."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        return self._by_dialect(self._acquire_file, self._acquire_advisory)

    def held(self) -> bool:
        """Whether deciding is still our right; a lost connection has lost the lock."""
        return self._by_dialect(lambda: self._file is not None, self._connected)

    def _by_dialect(self, sqlite: Callable[[], bool], other: Callable[[], bool]) -> bool:
        return sqlite() if self._engine.dialect.name == "sqlite" else other()

    def _acquire_file(self) -> bool:
        if self._file is None:
            path = Path(f"{self._engine.url.database}.leader")
            file = path.open("w", encoding="utf-8")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._file = file
        return True

    def _acquire_advisory(self) -> bool:
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        query = text("SELECT pg_try_advisory_lock(:number)")
        got = bool(self._connection.scalar(query, {"number": LOCK_NUMBER}))
        if not got:
            self._connection.close()
            self._connection = None
        return got

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
