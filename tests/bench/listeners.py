"""`python -m tests.bench.listeners ADDRESS SESSION...`: a WebSocket client for each.

In a process of their own, so that the server's figures are not those of its clients. It
says "ready", and at the end of its input prints, for each client, what it has heard:
pairs of the number of an event and the milliseconds from its sending.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time

from simple_websocket import AioClient, ConnectionClosed


async def hear(address: str, session_id: str, heard: list[tuple[int, float]]) -> None:
    """Connect, take the snapshot, and go on in the background until cancelled."""
    socket = await AioClient.connect(f"{address.replace('http', 'ws')}/progress/{session_id}")
    await socket.receive()
    _tasks.append(asyncio.create_task(_listen(socket, heard)))


async def _listen(socket: AioClient, heard: list[tuple[int, float]]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            event = json.loads(await socket.receive())
            details = event["details"]
            if "sent" in details:
                heard.append((details["number"], (time.time() - details["sent"]) * 1000))


_tasks: list[asyncio.Task[None]] = []


async def main(address: str, sessions: list[str]) -> None:
    heard: list[list[tuple[int, float]]] = [[] for _ in sessions]
    for session_id, mine in zip(sessions, heard, strict=True):
        await hear(address, session_id, mine)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(heard), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
