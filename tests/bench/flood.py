"""One caller that wants everything: run as a program, from an address of its own.

    python -m tests.bench.flood KIND ADDRESS SECONDS [PATH [SESSION]]

It ends after so many seconds and prints what it was answered, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

SLOW_SOCKETS = 1500
HANDSHAKES = 2000
AT_ONCE = 64
SOURCE = ("127.0.0.1", 0)

_SCRIPT = json.dumps({"script": "Every sentence of this one is long enough to be spoken. " * 80})
_JUNK = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 800


class Flood:
    """Requests as fast as they are answered, until the time is over."""

    def __init__(self, address: str, seconds: float) -> None:
        place = urlsplit(address)
        self._host, self._port = str(place.hostname), place.port or 80
        self._until = time.monotonic() + seconds
        self.answers: Counter[str] = Counter()

    @property
    def over(self) -> bool:
        return time.monotonic() > self._until

    async def ask(self, head: str, body: bytes = b"", *, linger: bool = False) -> None:
        """One request; its status is counted."""
        try:
            reader, writer = await asyncio.open_connection(
                self._host, self._port, local_addr=SOURCE
            )
        except OSError:
            self.answers["unconnected"] += 1
            return
        try:
            text = f"{head} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n"
            text += "Content-Type: application/json\r\n" if body.startswith(b"{") else ""
            text += f"Content-Type: multipart/form-data; boundary={'x' * 8}\r\n" * (
                body.startswith(b"--")
            )
            writer.write(text.encode() + b"\r\n" + body)
            line = await asyncio.wait_for(reader.readline(), 60)
            self.answers[line.split()[1].decode() if line else "closed"] += 1
            if linger and b" 200 " in line:
                await asyncio.sleep(max(0.0, self._until - time.monotonic()))
        except (OSError, TimeoutError):
            self.answers["broken"] += 1
        finally:
            writer.close()

    async def drip(self) -> None:
        """A connection whose head never ends; another one when it was ended."""
        while not self.over:
            try:
                _, writer = await asyncio.open_connection(self._host, self._port, local_addr=SOURCE)
            except OSError:
                self.answers["unconnected"] += 1
                await asyncio.sleep(0.5)
                continue
            self.answers["opened"] += 1
            try:
                writer.write(b"GET /health HTTP/1.1\r\nX-Slow: ")
                while not self.over:
                    await asyncio.sleep(1)
                    writer.write(b"a")
                    await writer.drain()
            except OSError:
                self.answers["ended"] += 1
            finally:
                writer.close()

    async def many(self, one: Callable[[], Awaitable[None]], limit: int = 10**9) -> None:
        """`AT_ONCE` of them at any time."""

        async def again() -> None:
            while not self.over and self.answers.total() < limit:
                await one()

        await asyncio.gather(*(again() for _ in range(AT_ONCE)))


def _form(session: str) -> bytes:
    parts = (
        f'--xxxxxxxx\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n{session}\r\n'
        '--xxxxxxxx\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    )
    return parts.encode() + _JUNK + b"\r\n--xxxxxxxx--\r\n"


async def run(kind: str, flood: Flood, path: str, session: str) -> None:
    """One kind of flood."""
    handshake = "GET /socket.io/?EIO=4&transport=polling"
    owned = f" HTTP/1.1\r\nX-Session-ID: {session}\r\nX-Padding:"
    kinds: dict[str, Callable[[], Awaitable[None]]] = {
        "handshakes": lambda: flood.ask(handshake),
        "sessions": lambda: flood.ask("POST /session/create", b'{"user_id": "flood"}'),
        "uploads": lambda: flood.ask("POST /upload/face", _form(session)),
        "estimates": lambda: flood.ask("POST /process/estimate", _SCRIPT.encode()),
        "streams": lambda: flood.ask(f"GET {path}{owned}", linger=True),
    }
    if kind == "slow":
        await asyncio.gather(*(flood.drip() for _ in range(SLOW_SOCKETS)))
        return
    await flood.many(kinds[kind], HANDSHAKES if kind == "handshakes" else 10**9)
    await asyncio.sleep(0)


def main(kind: str, address: str, seconds: str, path: str = "", session: str = "") -> None:
    flood = Flood(address, float(seconds))
    asyncio.run(run(kind, flood, path, session))
    sys.stdout.write(json.dumps(flood.answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
