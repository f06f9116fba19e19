"""`python -m gpu_worker.health`: whether a worker of this host is well, for who restarts it.

It is when it beats: the process that computes says so itself, every few seconds. One that is
frozen, or does not get its pool process up, does not. Nothing is said against a worker while
Redis is away: it waits for it with its models loaded, and starting it anew would lose those.
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
        sys.stderr.write(f"Redis does not answer, so nobody can tell: {type(away).__name__}\n")
        return 0
    if not well:
        sys.stderr.write(f"No worker of {socket.gethostname()} beats.\n")
    return 0 if well else 1


def _beats(shared: Coordination) -> bool:
    return any(node.host == socket.gethostname() for node in shared.alive())


if __name__ == "__main__":
    sys.exit(main())
