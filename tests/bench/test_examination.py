"""How long an upload takes until its answer says what a job would make of it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.deployment import Deployment
from tests.gpu_worker.engines.faces import astronaut
from tests.services.clamav import Clamd
from tests.services.redis_server import RedisServer
from tests.web.caller import Caller

PORTRAITS = size(30, 1)
LARGE = size(10, 1)
MB = 1024**2
EXAMINING = {
    "EXAMINE_UPLOADS": "on",
    "EXAMINE_WAIT_SECONDS": "60",
    "FACE_MAX_MB": "12",
    "SESSION_QUOTA_MB": "10000",
    "LOG_LEVEL": "WARNING",
}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def portrait(side: int, quality: int, seed: int, grain: int = 0) -> bytes:
    """A JPEG of a face, each of them another file; grain makes it large."""
    image = Image.fromarray(astronaut()).resize((side, side), Image.Resampling.BICUBIC)
    if grain:
        rng = np.random.default_rng(seed)
        noise = rng.normal(0, grain, (side, side, 1))
        pixels = np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)
        image = Image.fromarray(pixels)
    image.putpixel((0, 0), (seed, seed, seed))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, comment=f"{seed}".encode())
    return file.getvalue()


@contextmanager
def system(
    directory: Path, server: RedisServer, **extra: str
) -> Iterator[tuple[Deployment, Caller]]:
    with Deployment(directory, server, **EXAMINING, **extra) as built:
        built.start_control()
        built.start_workers("lite")
        with httpx.Client(base_url=built.start_web(), timeout=120) as http:
            caller = Caller(http)
            judged(caller, caller.session(), portrait(512, 90, 0))  # loads the models
            yield built, caller


def used(built: Deployment) -> float:
    """CPU seconds of all processes of a system, those that have ended included."""
    total = 0.0
    for name in ("control", "worker-0", "web"):
        first = built.process(name)
        for process in (first, *first.children(recursive=True)):
            total += sum(process.cpu_times()[:4])
    return total


def judged(caller: Caller, session_id: str, data: bytes) -> float:
    """Upload a picture, and return the seconds until the answer with its verdict."""
    began = time.monotonic()
    answer = caller.face(session_id, data, "me.jpg")
    seconds = time.monotonic() - began
    assert answer.json()["examination"]["usable"], answer.text
    return seconds


def test_verdict_of_a_portrait(tmp_path: Path, redis_server: RedisServer) -> None:
    with system(tmp_path, redis_server, CLAMD="off") as (built, caller):
        session_id = caller.session()
        files = [portrait(1024, 92, seed) for seed in range(PORTRAITS)]
        before = used(built)
        seconds = [judged(caller, session_id, data) for data in files]
        cost = (used(built) - before) / PORTRAITS
    write(
        "examination-portrait",
        [
            Row(f"{len(files[0]) / MB:.1f} MB until the verdict, median", median(seconds), "s"),
            at_most("until the verdict, p95, warm", percentile(seconds, 0.95), "s", 1.5),
            Row("CPU of all processes, each", cost, "s"),
        ],
    )


@pytest.mark.parametrize("scanner", ["off", "required"])
def test_ten_megabytes(tmp_path: Path, redis_server: RedisServer, scanner: str) -> None:
    files = [portrait(4000, 95, seed, grain=20) for seed in range(min(3, LARGE))]
    assert all(8 * MB < len(data) < 11 * MB for data in files), [len(data) / MB for data in files]
    with Clamd() as daemon:
        extra = {"CLAMD": scanner, "CLAMD_SOCKET": daemon.socket}
        with system(tmp_path, redis_server, **extra) as (built, caller):
            session_id = caller.session()
            before = used(built)
            seconds = [judged(caller, session_id, files[at % len(files)]) for at in range(LARGE)]
            cost = (used(built) - before) / LARGE
    aim = 2.0 if scanner == "off" else 10.0
    what = "without clamd" if scanner == "off" else "with clamd"
    write(
        f"examination-large-{scanner}",
        [
            Row(f"{len(files[0]) / MB:.1f} MB to ready {what}, median", median(seconds), "s"),
            at_most(f"to ready {what}, p95", percentile(seconds, 0.95), "s", aim),
            Row("CPU of all processes, each", cost, "s"),
        ],
    )
