"""What others wait while one address wants everything, under the default limits."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from config.settings import Settings
from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

KINDS = ("slow", "handshakes", "sessions", "uploads", "estimates", "streams")
SECONDS = size(12.0, 1.5)
WARM_SECONDS = size(2.0, 0.5)
PAUSE = 0.05
OTHER = "127.0.0.2"
MOST_THREADS = 180
"""The shares of one address (100 requests, 50 live clients of three threads at most) and ours."""
_DEFAULTS = {
    field.metadata["env"]: str(field.default)
    for field in Settings.__dataclass_fields__.values()
    if field.name
    in (
        *("max_sessions", "empty_sessions_per_address", "connections_per_address"),
        *("clients_per_address", "clients_per_session", "requests_a_minute"),
    )
}


@dataclass(frozen=True)
class Seen:
    """What the others saw, and what it cost."""

    waits: list[float]
    failures: int
    threads: int
    answers: dict[str, int]


def test_floods(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, **CALM, **_DEFAULTS) as deployment:
        address = deployment.start_web()
        process = deployment.process("web")
        session, job = deployment.accept()
        calm = _probe(address, process, SECONDS / 2)
        seen = {}
        for kind in KINDS:
            command = [sys.executable, "-m", "tests.bench.flood", kind, address, str(SECONDS)]
            command += [f"/process/{job}/events", session]
            flood = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            time.sleep(WARM_SECONDS)
            waits, failures, threads = _probe(address, process, SECONDS - WARM_SECONDS)
            said, _ = flood.communicate(timeout=120)
            seen[kind] = Seen(waits, failures, threads, json.loads(said))
            sys.stdout.write(f"{kind}: {seen[kind].answers}\n")
            time.sleep(1)
    rows = [Row("/health of others, no flood: p99", _p99(calm[0]), "ms")]
    for kind, one in seen.items():
        rows += [
            at_most(f"/health of others, {kind}: p99", _p99(one.waits), "ms", 300),
            Row(f"/health of others, {kind}: median", 1000 * median(one.waits), "ms"),
            Row(f"/health of others, {kind}: asked", len(one.waits), "times"),
            at_most(f"/health of others, {kind}: refused", one.failures, "times", 0),
            at_most(f"threads of web, {kind}", one.threads, "", MOST_THREADS),
        ]
    write("floods", rows)
    assert all(one.failures == 0 and one.threads <= MOST_THREADS for one in seen.values())


def _probe(address: str, process: psutil.Process, seconds: float) -> tuple[list[float], int, int]:
    """The waits of another address for `/health`, refusals, and the most threads."""
    waits, failures, threads = [], 0, 0
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        transport = httpx.HTTPTransport(local_address=OTHER)
        with httpx.Client(base_url=address, transport=transport, timeout=30) as http:
            began = time.monotonic()
            failures += http.get("/health").status_code != 200
            waits.append(time.monotonic() - began)
        threads = max(threads, process.num_threads())
        time.sleep(PAUSE)
    return waits, failures, threads


def _p99(waits: list[float]) -> float:
    return 1000 * percentile(waits, 0.99)
