"""What one Redis is asked to do: `MONITOR`, counted by command and by the kind of key."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.services.redis_server import RedisServer
from tests.services.waiting import until

_LINE = re.compile(r'^\+[\d.]+ \[(\d+) (\S+)\] "([^"]+)"(.*)$')
_IDS = re.compile(r"[0-9a-f]{12,}(?:-[0-9a-f]{4,})*|[0-9a-z]{20,}|\d+")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
_END = "the end of what is counted"


@dataclass
class Commands:
    """The commands of one database; those that scripts called are counted apart."""

    sent: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    """All of them, by command and key without its ids."""
    sizes: Counter[str] = field(default_factory=Counter)
    """Bytes of the commands as sent, names and arguments, by command and key."""

    @property
    def bytes(self) -> int:
        return self.sizes.total()

    @property
    def by_name(self) -> Counter[str]:
        return self.sent + self.inside

    def add(self, client: str, name: str, arguments: str) -> None:
        words = _WORD.findall(arguments)
        (self.inside if client == "lua" else self.sent)[name.upper()] += 1
        key = words[2] if name.upper() == "EVALSHA" and len(words) > 2 else (words or [""])[0]
        kind = f"{name.upper()} {_IDS.sub('*', key)[:60]}"
        self.keys[kind] += 1
        if client != "lua":
            self.sizes[kind] += len(name) + sum(map(len, words))


class Counted:
    """What was counted, by database; complete when the context has ended."""

    def __init__(self) -> None:
        self.databases: dict[int, Commands] = {}

    def of(self, database: int) -> Commands:
        return self.databases.setdefault(database, Commands())


@contextmanager
def counting(server: RedisServer) -> Iterator[Counted]:
    """Count the commands of everybody while the context is open."""
    counted = Counted()
    begun, over = threading.Event(), threading.Event()

    def read() -> None:
        with server.client() as client:
            connection = client.connection_pool.get_connection()
            connection.send_command("MONITOR")
            sock = connection._sock
            begun.set()
            left = b""
            while chunk := sock.recv(1 << 20):
                *lines, left = (left + chunk).split(b"\r\n")
                for line in lines:
                    text = line.decode(errors="replace")
                    if _END in text:
                        connection.disconnect()
                        over.set()
                        return
                    found = _LINE.match(text)
                    if found:
                        database, client_name, name, arguments = found.groups()
                        counted.of(int(database)).add(client_name, name, arguments)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    begun.wait(5)
    with server.client() as client:
        until(lambda: any(c["cmd"] == "monitor" for c in client.client_list()), "MONITOR began", 5)
        yield counted
        client.echo(_END)
    over.wait(30)
    thread.join(5)
