"""A private redis-server that a test may stop, kill, start again and wipe."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import redis

from tests.services.binaries import missing
from tests.services.program import Program
from web.cli.local.embedded_redis import NoRedis, executable
from web.cli.local.ports import find_free_port


class RedisServer(Program):
    """One server in one directory; it comes back on the same port with the same data."""

    def __init__(self, directory: Path, *options: str, binary: str = "") -> None:
        """`binary` takes the place of the one that the product would choose."""
        super().__init__(directory / "redis.log")
        self.directory = directory
        self.port = find_free_port()
        self._options = options
        try:
            self._binary = binary or executable()
        except NoRedis as absent:
            missing(str(absent))
        self.wiped: list[tuple[float, float]] = []
        """The clock before and after each wipe, which are seconds apart on a busy machine."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis("127.0.0.1", self.port, decode_responses=True)

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        # As in production: what was acknowledged a second ago survives, nothing is evicted.
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--maxmemory-policy", "noeviction", "--dir", str(self.directory)]
        self._run([*command, *self._options])

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.BusyLoadingError):
                return False

    def runs(self, pid: int) -> bool:
        """Whether it is still the process that it was."""
        process = self._process
        return process is not None and process.pid == pid and process.poll() is None

    def stop(self) -> None:
        """End it in good order; its data is written."""
        self._end(signal.SIGTERM)

    def flush(self) -> None:
        """Wipe it: every key of every database."""
        with self.client() as client:
            client.ping()
            before = time.time()
            client.flushall()
            self.wiped.append((before, time.time()))
