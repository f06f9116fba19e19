"""Scan a file with clamd, by the policy of the setting `CLAMD`: only its OK counts as scanned.

The control plane has a scanner of its own, which also verifies the limits of clamd
(`web/uploads/scanning.py`). This one needs no package.
"""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Final

from config.settings import Settings

log = logging.getLogger(__name__)

SECONDS: Final = 60.0
_CHUNK: Final = 1 << 18


class VirusFound(Exception):
    """clamd has found a virus; the text is its name."""


class NotScanned(Exception):
    """clamd is required, and has not answered OK."""


def scan(path: Path, settings: Settings) -> bool:
    """Return whether clamd found a file clean; raises `VirusFound`, or `NotScanned` if required."""
    if settings.clamd == "off":
        return False
    try:
        answer = _ask(path, settings.clamd_socket)
    except OSError as error:
        answer = f"unavailable ({type(error).__name__})"
    name = answer.removeprefix("stream: ")
    if name.endswith(" FOUND") and not name.startswith("Heuristics.Limits.Exceeded"):
        raise VirusFound(name.removesuffix(" FOUND"))
    if name == "OK":
        return True
    log.warning("clip not scanned", extra={"clamd": answer[:200]})
    if settings.clamd == "required":
        raise NotScanned(answer[:200])
    return False


def _ask(path: Path, address: str) -> str:
    """Send a file by the command `INSTREAM`, and return the answer."""
    with _connected(address) as client, path.open("rb") as file:
        client.settimeout(SECONDS)
        client.sendall(b"zINSTREAM\0")
        while chunk := file.read(_CHUNK):
            client.sendall(len(chunk).to_bytes(4, "big") + chunk)
        client.sendall(bytes(4))
        answer = b""
        while part := client.recv(4096):
            answer += part
    return answer.rstrip(b"\0").decode("utf-8", "replace")


def _connected(address: str) -> socket.socket:
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit():
        return socket.create_connection((host, int(port)), SECONDS)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(SECONDS)
        client.connect(address)
    except OSError:
        client.close()
        raise
    return client
