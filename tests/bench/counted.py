"""`BENCH_ROLE=web|control|worker python -m tests.bench.counted`: it counts what it asks.

Statements and commits of SQL, and round trips to Redis by the function of ours that makes them. A
thread writes the counts to `BENCH_COUNTS`, a file for each process; a pool process, which imports
this module too, has its own.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from redis.connection import AbstractConnection

EVERY_SECONDS = 0.05
ROLE = os.environ.get("BENCH_ROLE", "web")
ROOT = str(Path(__file__).resolve().parents[2])
_OURS = ("web/", "tasks/", "gpu_worker/", "tests/")
_BESIDE = re.compile(r"/site-packages/(kombu|celery|limits|flask_limiter)/(.+)\.py$")
_NAMES = re.compile(rb"\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n")
_TABLE = re.compile(r'(?:FROM|INTO|UPDATE|TABLE) "?(\w+)', re.IGNORECASE)

counts: Counter[str] = Counter()
_lock = threading.Lock()
_pid = 0


def _count(*changes: tuple[str, int]) -> None:
    global _pid  # noqa: PLW0603  a fork inherits it, and must begin again
    with _lock:
        if _pid != os.getpid():
            _pid = os.getpid()
            counts.clear()
            threading.Thread(target=_write, daemon=True).start()
        for name, by in changes:
            counts[name] += by


def _write() -> None:
    path = Path(os.environ["BENCH_COUNTS"]) / f"{ROLE}-{os.getpid()}.json"
    written: dict[str, int] = {}
    waiting = threading.Event()
    while not waiting.wait(EVERY_SECONDS):
        with _lock:
            now = dict(counts)
        if now != written:
            beside = path.with_suffix(".new")
            beside.write_text(json.dumps(now))
            beside.replace(path)
            written = now


def _asker(frame: FrameType | None) -> str:
    """The nearest function of ours, or else of Celery's."""
    other = "else"
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(ROOT) and name[len(ROOT) + 1 :].startswith(_OURS):
            place = name[len(ROOT) + 1 : -3]
            if place != "tests/bench/counted":
                return f"{place}:{frame.f_code.co_name}"
        found = _BESIDE.search(name)
        if found and other == "else":
            other = f"{found[1]}/{found[2]}:{frame.f_code.co_name}"
        if found and found[1] in ("kombu", "celery") and found[2].startswith("worker"):
            return other
        frame = frame.f_back
    return other


def _count_redis() -> None:
    plain = AbstractConnection.send_packed_command

    def send(self: Any, command: Any, check_health: bool = True) -> Any:
        data = command if isinstance(command, bytes) else b"".join(command)
        size = len(data)
        names = ",".join(found.decode() for found in _NAMES.findall(data))
        asker = _asker(sys._getframe(1))
        _count(("redis trips", 1), ("redis bytes", size), (f"redis {asker} {names[:80]}", 1))
        return plain(self, command, check_health)

    AbstractConnection.send_packed_command = send  # type: ignore[method-assign]


def _count_sql() -> None:
    from sqlalchemy import Engine, event  # a worker has none

    def executed(_c: Any, _cursor: Any, text: str, _p: Any, _context: Any, _many: bool) -> None:
        verb = text.split(None, 1)[0].upper()
        if verb == "BEGIN":
            _count((f"sql {text}", 1))
        elif verb != "PRAGMA":
            table = _TABLE.search(text)
            name = f"{verb} {table[1] if table else ''} in {_asker(sys._getframe(1))}"
            _count(("sql statements", 1), (f"sql {name}", 1))

    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "commit", lambda _connection: _count(("sql commits", 1)))


_count_redis()
if ROLE == "worker":
    from tests.bench import noop

    noop.install()
else:
    _count_sql()

if __name__ == "__main__":
    if ROLE == "worker":
        from gpu_worker.__main__ import main as worker

        sys.exit(worker())
    from web import wsgi
    from web.control import __main__ as control

    sys.exit({"web": wsgi.main, "control": control.main}[ROLE]())
