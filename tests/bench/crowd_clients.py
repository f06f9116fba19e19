"""`python -m tests.bench.crowd_clients ADDRESS FIRST`: a WebSocket for each link of its input.

The first line of the input is a JSON list of links; "ready" is printed once all are open. A client
that loses its connection opens its link again after its last event. The next line is the number of
events that were sent, of which the client N of C in all gets those with `number % C == N`. The
answer is a JSON object of counts, and the latencies of the events before a restart.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import urlsplit

from tests.bench.listeners import message

AT_ONCE = 40
WAIT_SECONDS = 0.25
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@dataclass(slots=True)
class Client:
    """One client: what it has heard, and the id of its last event."""

    link: str
    numbers: list[int] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    last: str = ""
    connections: int = 0


async def connect(
    address: str, client: Client
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open the link, after the last event that the client knows; read the snapshot."""
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=4096)
    after = f"&last_event_id={client.last}" if client.last else ""
    writer.write(
        (
            f"GET {client.link}{after} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n\r\n"
        ).encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 101"):
        writer.close()
        raise ConnectionError(answer.decode(errors="replace"))
    snapshot = json.loads(await message(reader))
    client.last = client.last or snapshot["last_event_id"]
    client.connections += 1
    return reader, writer


async def follow(
    address: str, client: Client, gate: asyncio.Semaphore, opened: asyncio.Event
) -> None:
    """Hear events for ever, over lost connections."""
    while True:
        try:
            async with gate:
                reader, _writer = await connect(address, client)
            opened.set()
            while True:
                event = json.loads(await message(reader))
                client.last = event["event_id"]
                details = event["details"]
                client.numbers.append(details["number"])
                client.latencies.append((time.time() - details["sent"]) * 1000)
        except (asyncio.IncompleteReadError, ConnectionError, OSError, json.JSONDecodeError):
            await asyncio.sleep(WAIT_SECONDS)


async def main(address: str, first: int) -> None:
    links = json.loads(await asyncio.to_thread(sys.stdin.readline))
    clients = [Client(link) for link in links]
    gate = asyncio.Semaphore(AT_ONCE)
    opened = [asyncio.Event() for _ in clients]
    tasks = [
        asyncio.create_task(follow(address, client, gate, event))
        for client, event in zip(clients, opened, strict=True)
    ]
    for event in opened:
        await event.wait()
    print("ready", flush=True)
    sent, count, quiet = json.loads(await asyncio.to_thread(sys.stdin.readline))
    missed = repeated = early = 0
    for number, client in enumerate(clients, first):
        heard = client.numbers
        missed += len(set(range(number, sent, count)) - set(heard))
        repeated += len(heard) - len(set(heard))
        early += sum(a > b for a, b in pairwise(heard))
    used = resource.getrusage(resource.RUSAGE_SELF)
    result = {
        "missed": missed,
        "repeated": repeated,
        "early": early,
        "connections": sum(client.connections for client in clients),
        "first": [
            late
            for client in clients
            for number, late in zip(client.numbers, client.latencies, strict=True)
            if number < quiet
        ],
        "cpu": used.ru_utime + used.ru_stime,
    }
    print(json.dumps(result), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
