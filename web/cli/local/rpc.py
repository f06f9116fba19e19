"""Asking supervisord: its XML-RPC, over the unix socket that only its owner may open."""

from __future__ import annotations

import socket
import xmlrpc.client
from http.client import HTTPConnection
from pathlib import Path
from typing import Any


class _UnixConnection(HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5.0)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, method: str) -> Any:
    """The answer to a call without arguments; OSError while nobody listens."""
    connection = _UnixConnection(path)
    try:
        body = xmlrpc.client.dumps((), method)
        connection.request("POST", "/RPC2", body, {"Content-Type": "text/xml"})
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()
