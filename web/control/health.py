"""`python -m web.control.health`: check that a controller runs on this host and that one leads.

For probes. `--alive` checks the first only, because restarting a standby does not help while
there is no leader or no database. While Redis is unavailable, the check passes.
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
    parser.add_argument(
        "--alive", action="store_true", help="check only that a controller of this host runs"
    )
    chosen = parser.parse_args(arguments)
    try:
        problems = list(_problems(connect_fail_fast(current()), alive_only=chosen.alive))
    except ConfigurationError as mistakes:
        sys.stderr.write(f"{mistakes}\n")
        return 2
    except redis.RedisError as error:
        sys.stderr.write(f"Redis unavailable, nothing checked: {type(error).__name__}\n")
        return 0
    sys.stderr.writelines(f"{sentence}\n" for sentence in problems)
    return 1 if problems else 0


def _problems(client: redis.Redis, *, alive_only: bool) -> Iterator[str]:
    here = socket.gethostname()
    mine = [p for p in known(client) if p.role in (LEADER, STANDBY) and p.host == here]
    if not any(process.answers for process in mine):
        yield f"No controller on {here} answers."
    turn = last_turn(client)
    if turn is not None and turn.stuck and turn.by in {process.name for process in mine}:
        yield f"The controller on {here} has made no progress for {turn.moved_ago:.0f} s."
    if not alive_only and not client.exists(keys.CONTROL):
        yield "No controller leads."
    elif not alive_only and turn is not None and turn.late:
        yield f"{turn}."


if __name__ == "__main__":
    sys.exit(main())
