"""A private redis-server that a test may stop, kill, start again and wipe."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from tests.services.binaries import require
from tests.services.waiting import until
from web.system.ports import a_free_one


class RedisServer:
    """One server in one directory; it comes back on the same port with the same data."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self.port = a_free_one()
        self._options = options
        self._binary = require("redis-server", "redis-server")
        self._process: subprocess.Popen[bytes] | None = None
        self.wiped: list[float] = []
        """When it was wiped."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, decode_responses=True)

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        # As in production: what was acknowledged a second ago survives, nothing is evicted.
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--maxmemory-policy", "noeviction", "--dir", str(self.directory)]
        with (self.directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([*command, *self._options], stdout=log, stderr=log)
        until(self._answers, "redis-server answers")

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError((self.directory / "redis.log").read_text()[-2000:])
        with self.client() as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.BusyLoadingError):
                return False

    def stop(self) -> None:
        """End it in good order; its data is written."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def flush(self) -> None:
        """Wipe it: every key of every database."""
        with self.client() as client:
            client.flushall()
        self.wiped.append(time.time())

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
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
