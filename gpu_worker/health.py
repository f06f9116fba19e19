"""`python -m gpu_worker.health`: a liveness check for the workers of this host.

A worker is healthy while its pool process sends heartbeats. A frozen worker, or one whose pool
process does not start, sends none. While Redis is unavailable every worker counts as healthy: it
waits with its models loaded, and a restart would lose them.
"""

from __future__ import annotations

import socket
import sys

import redis

from config.settings import ConfigurationError, current
from tasks.messaging.redis_client import connect_fail_fast
from tasks.nodes.coordination import Coordination
from tasks.nodes.mailbox import coordinate


def main() -> int:
    try:
        settings = current()
        shared = coordinate(settings, connect_fail_fast(settings))
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        healthy = _has_live_worker(shared)
    except redis.RedisError as error:
        sys.stderr.write(f"Redis unavailable, nothing checked: {type(error).__name__}\n")
        return 0
    if not healthy:
        sys.stderr.write(f"No worker of {socket.gethostname()} sends heartbeats.\n")
    return 0 if healthy else 1


def _has_live_worker(shared: Coordination) -> bool:
    return any(node.host == socket.gethostname() for node in shared.alive())


if __name__ == "__main__":
    sys.exit(main())
