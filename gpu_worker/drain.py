"""`python -m gpu_worker.drain`: drain this host's workers and wait until they are idle.

Use it before a planned shutdown: `preStop` in Kubernetes, or a spot interruption notice. Without
it nothing is lost either; the interrupted stage runs again on another node.
"""

from __future__ import annotations

import argparse
import socket
import sys
import time

import redis

from config.settings import ConfigurationError, current
from tasks.messaging.redis_client import connect
from tasks.nodes import registry
from tasks.nodes.coordination import Coordination
from tasks.nodes.mailbox import coordinate

POLL_SECONDS = 0.5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gpu_worker.drain", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=600, help="how long to wait for running stages (600)"
    )
    seconds: float = parser.parse_args(arguments).seconds
    try:
        settings = current()
        shared = coordinate(settings, connect(settings))
        return 0 if _drained(shared, time.monotonic() + seconds) else 1
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except redis.RedisError as error:
        sys.stderr.write(f"Redis does not answer: {type(error).__name__}\n")
        return 1


def _drained(shared: Coordination, until: float) -> bool:
    """Wait until all workers of this host are idle; return False after the time."""
    for node in _workers_of_this_host(shared):
        shared.drain(node.name)
    while working := [n.name for n in _workers_of_this_host(shared) if n.doing or not n.draining]:
        if time.monotonic() > until:
            sys.stderr.write(f"Still running: {', '.join(working)}\n")
            return False
        time.sleep(POLL_SECONDS)
    return True


def _workers_of_this_host(shared: Coordination) -> list[registry.Node]:
    return [node for node in shared.alive() if node.host == socket.gethostname()]


if __name__ == "__main__":
    sys.exit(main())
