"""A redis-server that serves one test after the other, for as long as it is as good as new.

A start costs 20 ms of CPU and 50 ms of waiting, for a thousand tests. What a test has killed,
frozen, configured or given users to is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from tests.services import standing
from tests.services.redis_server import RedisServer

PATIENCE_SECONDS = 2.0


class RedisShelf:
    """Keeps the server that no test uses."""

    def __init__(self, new_directory: Callable[[], Path]) -> None:
        self._new_directory = new_directory
        self._kept: tuple[RedisServer, int, dict[str, Any]] | None = None

    def take(self) -> RedisServer:
        """Return a server with nothing in it, which belongs to the caller."""
        if self._kept is None:
            server = RedisServer(self._new_directory())
            server.start()
            standing.PIDS.add(server.pid)
            with server.client() as client:
                self._kept = server, server.pid, _state(client)
        return self._kept[0]

    def give_back(self) -> None:
        """Keep the server for the next test if it is as it was, else end it."""
        if self._kept is None:
            return
        server, pid, state = self._kept
        if not _cleaned(server, pid, state):
            self.close()

    def close(self) -> None:
        """End the server."""
        if self._kept is not None:
            server, pid, _ = self._kept
            standing.PIDS.discard(pid)
            server.kill()
            self._kept = None


def _state(client: redis.Redis) -> dict[str, Any]:
    """Return what a test may change besides data."""
    return {"config": client.config_get(), "users": client.acl_list()}


def _cleaned(server: RedisServer, pid: int, state: dict[str, Any]) -> bool:
    """Empty a server; return False if it is not as it was."""
    if not server.runs(pid):
        return False
    patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    try:
        with redis.Redis("127.0.0.1", server.port, decode_responses=True, **patience) as client:
            if _state(client) != state:
                return False
            for kind in ("normal", "pubsub"):  # of processes that were killed
                client.client_kill_filter(_type=kind, skipme=True)
            client.flushall()
            client.script_flush()
            client.config_resetstat()
            client.slowlog_reset()
    except redis.RedisError:
        return False
    server.wiped.clear()
    return True
