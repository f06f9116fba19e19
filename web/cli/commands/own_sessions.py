"""The sessions opened by this command line, whose jobs `callsheet jobs` lists.

A session id grants access to the session, so the file is readable by its owner only, and an id
is only sent to the server that issued it.
"""

from __future__ import annotations

import os

from web.cli.commands.servers import Server
from web.state_directory import StateDirectory

MOST = 100
FILE = "opened-sessions"
"""The file is not `sessions`, the name of the server's directory, which may be next to it."""


def remember_session(server: Server, session_id: str) -> None:
    path = StateDirectory.find(os.environ).directory / FILE
    lines = [*_lines(), f"{server.name} {session_id}"][-MOST:]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines))


def known_sessions(server: Server) -> list[str]:
    """List the sessions of one server, oldest first."""
    pairs = (line.rpartition(" ") for line in _lines())
    return [session_id for name, _, session_id in pairs if name == server.name]


def _lines() -> list[str]:
    path = StateDirectory.find(os.environ).directory / FILE
    return path.read_text().splitlines() if path.exists() else []
