"""A master of Redis, its replica, and three sentinels that replace it when it dies."""

from __future__ import annotations

import time
from pathlib import Path

import redis

from tests.services.program import Program
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.embedded_redis import executable
from web.cli.local.ports import find_free_port

MASTER = "main"


class _Sentinel(Program):
    """One sentinel; it writes what it learns into its configuration."""

    def __init__(self, directory: Path, master: int) -> None:
        super().__init__(directory / "sentinel.log")
        self.port = find_free_port()
        self._file = directory / "sentinel.conf"
        self._file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {directory}\n"
            f"sentinel monitor {MASTER} 127.0.0.1 {master} 2\n"
            f"sentinel down-after-milliseconds {MASTER} 1000\n"
            f"sentinel failover-timeout {MASTER} 4000\n"
        )

    def start(self) -> None:
        self._run([executable(), self._file, "--sentinel"])

    def _answers(self) -> bool:
        try:
            with redis.Redis("127.0.0.1", self.port) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def knows_all(self) -> bool:
        """Whether it has found the replica and the two other sentinels."""
        with redis.Redis("127.0.0.1", self.port, decode_responses=True) as client:
            known = client.sentinel_master(MASTER)
        return (known["num-slaves"], known["num-other-sentinels"]) == (1, 2)

    def master(self) -> int:
        """The port of the current master."""
        with redis.Redis("127.0.0.1", self.port, decode_responses=True) as client:
            return int(client.sentinel_get_master_addr_by_name(MASTER)[1])


class SentinelGroup(RedisServer):
    """The master of the beginning; `client` and `url` follow the one that replaces it."""

    def __init__(self, directory: Path) -> None:
        for name in ("master", "replica", "s0", "s1", "s2"):
            (directory / name).mkdir(parents=True)
        super().__init__(directory / "master")
        follow = ("--replicaof", "127.0.0.1", str(self.port))
        self.replica = RedisServer(directory / "replica", *follow)
        self._named = False
        self.sentinels = [_Sentinel(directory / f"s{n}", self.port) for n in range(3)]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels)
        return f"sentinel://{hosts}/0?master={MASTER}"

    def client(self) -> redis.Redis:
        """A client of the current master."""
        port = self.sentinels[0].master() if self._named else self.port
        return redis.Redis("127.0.0.1", port, decode_responses=True)

    def start(self) -> None:
        super().start()
        self.replica.start()
        for one in self.sentinels:
            one.start()
        for one in self.sentinels:
            until(one.knows_all, "the sentinels know each other", 60)
        self._named = True

    def fail_over(self) -> float:
        """Kill the master; returns the seconds until another one is named."""
        began = time.monotonic()
        self.kill()
        until(lambda: self.sentinels[0].master() == self.replica.port, "a new master", 60)
        return time.monotonic() - began

    def kill_all(self) -> None:
        """End whatever of it runs."""
        for one in (*self.sentinels, self.replica, self):
            one.kill()
