"""`python -m web.control.health`: whether a control of this host is there, and one leads.

For probes. `--alive` asks for the first alone: who restarts a standby as nobody leads, or as
the database is away, helps nobody. While Redis is away nothing is said against it.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Iterator

import redis

from config.settings import ConfigurationError, current
from tasks.messaging import keys
from tasks.messaging.redis_client import connect_fail_fast
from web.monitoring.heartbeats import LEADER, STANDBY, known
from web.monitoring.turning import last_turn


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m web.control.health", description=__doc__)
    parser.add_argument("--alive", action="store_true", help="whether it is there, and no more")
    chosen = parser.parse_args(arguments)
    try:
        wrong = list(_wrong(connect_fail_fast(current()), alive_only=chosen.alive))
    except ConfigurationError as mistakes:
        sys.stderr.write(f"{mistakes}\n")
        return 2
    except redis.RedisError as away:
        sys.stderr.write(f"Redis does not answer, so nobody can tell: {type(away).__name__}\n")
        return 0
    sys.stderr.writelines(f"{sentence}\n" for sentence in wrong)
    return 1 if wrong else 0


def _wrong(client: redis.Redis, *, alive_only: bool) -> Iterator[str]:
    here = socket.gethostname()
    mine = [p for p in known(client) if p.role in (LEADER, STANDBY) and p.host == here]
    if not any(process.answers for process in mine):
        yield f"No control of {here} answers."
    turn = last_turn(client)
    if turn is not None and turn.stuck and turn.by in {process.name for process in mine}:
        yield f"The control of {here} has stood still for {turn.moved_ago:.0f} s."
    if not alive_only and not client.exists(keys.CONTROL):
        yield "No control leads."
    elif not alive_only and turn is not None and turn.late:
        yield f"{turn}."


if __name__ == "__main__":
    sys.exit(main())
