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
    except ConfigurationError as mistakes:
        sys.stderr.write(f"{mistakes}\n")
        return 2
    try:
        well = _beats(shared)
    except redis.RedisError as away:
        sys.stderr.write(f"Redis does not answer, so the check passes: {type(away).__name__}\n")
        return 0
    if not well:
        sys.stderr.write(f"No worker of {socket.gethostname()} beats.\n")
    return 0 if well else 1


def _beats(shared: Coordination) -> bool:
    return any(node.host == socket.gethostname() for node in shared.alive())


if __name__ == "__main__":
    sys.exit(main())
