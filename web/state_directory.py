"""The one directory in which a running system keeps everything it writes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config import installation, private_files, secret_files

ROOT = installation.ROOT

# A unix socket's path holds 107 bytes; supervisord binds `NAME.PID` first.
LONGEST_SOCKET_DIRECTORY = 80


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """Where things are. Two checkouts have two of these and share nothing."""

    directory: Path

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> StateDirectory:
        """`CALLSHEET_STATE`, or `.callsheet` in the checkout, or the user's data directory."""
        chosen = environ.get("CALLSHEET_STATE")
        place = Path(chosen) if chosen else installation.state_directory(environ)
        return cls(place.expanduser().absolute())

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def redis(self) -> Path:
        return self.directory / "redis"

    @property
    def videos(self) -> Path:
        return self.directory / "videos"

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    @property
    def address(self) -> Path:
        """Holds the URL of the server for as long as it runs: commands find it there."""
        return self.directory / "server"

    @property
    def sockets(self) -> Path:
        """In the state directory or, where its path is too long for a socket, in /tmp."""
        usual = self.directory / "run"
        if len(os.fsencode(usual)) <= LONGEST_SOCKET_DIRECTORY:
            return usual
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"callsheet-{os.getuid()}-{digest}")

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def redis_url(self) -> str:
        """The URL of the embedded Redis."""
        return f"unix://{quote(str(self.redis_socket))}"

    @private_files.owner_only()
    def make(self) -> None:
        """Create what is missing, for its owner only; close what is open to others."""
        self.directory.mkdir(parents=True, exist_ok=True)
        private_files.tighten(self.directory)
        for directory in (self.logs, self.redis, self.sockets):
            directory.mkdir(exist_ok=True)
        if self.sockets.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.sockets} belongs to someone else")
        private_files.tighten(self.sockets)  # it may lie in /tmp

    def tidy(self) -> None:
        """Remove what only a running system has; nothing may run any more."""
        shutil.rmtree(self.sockets, ignore_errors=True)

    def secret(self, name: str) -> str:
        """Return a random text that is generated once and kept in the state directory."""
        return secret_files.ensure_secret(self.directory, name)
