"""`python -m tests.bench.listeners ADDRESS SESSION...`: a WebSocket client for each.

In a process of their own, so that the server's figures are not those of its clients. It
says "ready", and at the end of its input prints, for each client, what it has heard:
pairs of the number of an event and the milliseconds from its sending.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

TEXT = 1
Heard = list[tuple[int, float]]


async def connect(address: str, session_id: str) -> asyncio.StreamReader:
    """An open WebSocket whose snapshot was read; the least a client can be."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    asked = (
        f"GET /progress/{session_id} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    writer.write(asked.encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101"), answer
    await message(reader)
    _kept.append(writer)
    return reader


async def message(reader: asyncio.StreamReader) -> bytes:
    """The next text; pings are passed over."""
    while True:
        kind, length = await reader.readexactly(2)
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await reader.readexactly(8), "big")
        text = await reader.readexactly(length)
        if kind & 15 == TEXT:
            return text


async def listen(reader: asyncio.StreamReader, heard: Heard) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            details = json.loads(await message(reader))["details"]
            heard.append((details["number"], (time.time() - details["sent"]) * 1000))


_kept: list[asyncio.StreamWriter] = []


async def main(address: str, sessions: list[str]) -> None:
    heard: list[Heard] = [[] for _ in sessions]
    readers = [await connect(address, session_id) for session_id in sessions]
    tasks = [
        asyncio.create_task(listen(reader, mine))
        for reader, mine in zip(readers, heard, strict=True)
    ]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(heard), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
