"""Receiving files: beside a bare `save()`, the verdict layer by layer, memory, and a siege."""

from __future__ import annotations

import io
import itertools
import socket
import threading
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import psutil
import pytest

from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.deployment import Deployment, small_picture
from tests.services.clamav import Clamd
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.uploads.corpus import Hostile, corpus
from web.cli.local.ports import find_free_port
from web.uploads import pictures, recordings
from web.uploads.candidate import Candidate
from web.uploads.layers import CONTENT, METADATA
from web.uploads.scanning import Scanner

MB = 1024**2
LARGE_MB = size(50, 2)
LARGE = LARGE_MB * MB
ROUNDS = size(5, 1)
AT_ONCE = size(20, 2)
SIEGE = size(1000, 20)
CALM = {"LOG_LEVEL": "WARNING", "SESSION_QUOTA_MB": "100000", "CLAMD": "off"}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@cache
def large_recording() -> bytes:
    """Nearly 50 MB of noise, 4.7 minutes of it (small: 2 MB): nothing in it can be guessed."""
    noise = np.random.default_rng(1).integers(-9000, 9000, (LARGE - 4096) // 2, dtype=np.int16)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44_100)
        out.writeframes(noise[: len(noise) // 2 * 2].tobytes())
    return file.getvalue()


def sent(address: str, path: str, session_id: str, data: bytes) -> tuple[int, float, float]:
    """The status, the seconds until the last byte was taken, and those until the answer.

    By a socket of our own: what a client library costs is not what is asked here.
    """
    place = urlsplit(address)
    fields = (
        f'--x\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n{session_id}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="me.wav"\r\n\r\n'
    ).encode()
    body = [fields, data, b"\r\n--x--\r\n"]
    head = (
        f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {sum(map(len, body))}\r\n\r\n"
    ).encode()
    began = time.monotonic()
    with socket.create_connection((place.hostname, place.port), timeout=300) as wire:
        for part in (head, *body):
            wire.sendall(part)
        taken = time.monotonic() - began
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), taken, time.monotonic() - began


def session(address: str) -> str:
    answer = httpx.post(f"{address}/session/create", json={"user_id": "bench"}, timeout=60)
    return str(answer.json()["session_id"])


@contextmanager
def bare_save(deployment: Deployment) -> Iterator[str]:
    """The least that Flask can do: `request.files["file"].save(...)` on the same server."""
    port = find_free_port()
    deployment.start("bare", "tests.bench.bare_save", str(port), str(deployment.settings.state))
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(address, timeout=2).status_code == 404
        except httpx.TransportError:
            return False

    until(answers, "the bare server answers", 60)
    yield address
    deployment.kill("bare")


def test_receiving_beside_a_bare_save(tmp_path: Path, redis_server: RedisServer) -> None:
    """The same 50 MB in turns; ours has a session that has ended, so that receiving is all."""
    data = large_recording()
    with Deployment(tmp_path, redis_server, **CALM) as deployment:
        ours = deployment.start_web()
        over = session(ours)
        httpx.post(f"{ours}/session/{over}/close", timeout=60)
        with bare_save(deployment) as bare:
            times: dict[str, list[float]] = {"ours": [], "bare": []}
            for _ in range(ROUNDS):
                status, _, seconds = sent(bare, "/save", over, data)
                assert status == 204
                times["bare"].append(seconds)
                status, _, seconds = sent(ours, "/upload/audio", over, data)
                assert status == 410  # received whole, and only then looked at
                times["ours"].append(seconds)
    mine, theirs = median(times["ours"]), median(times["bare"])
    write(
        "uploads-receiving",
        [
            Row(f"bare Flask save() of {LARGE_MB} MB, median of {ROUNDS}", theirs, "s"),
            Row(f"ours, received, median of {ROUNDS}", mine, "s"),
            at_most("ours beside the bare save()", mine / theirs, "times", 1.5),
        ],
    )


def test_the_verdict_layer_by_layer(tmp_path: Path) -> None:
    voice, face = tmp_path / "voice", tmp_path / "face"
    voice.write_bytes(large_recording())
    face.write_bytes(small_picture())
    rows: list[Row] = []
    with Clamd() as daemon:
        scanner = Scanner("required", daemon.socket, LARGE)
        scanner.check()
        for candidate in (
            Candidate("voice", voice, "me.wav", LARGE),
            Candidate("face", face, "me.png", 10 * MB),
        ):
            what = f"{candidate.kind}, {candidate.path.stat().st_size / MB:.1f} MB: "
            for layer in (*METADATA, *CONTENT[candidate.kind]):
                rows.append(Row(what + layer.__name__, timed(lambda: layer(candidate)), "s"))  # noqa: B023
            directory = tmp_path / candidate.kind[:1]
            directory.mkdir()
            if candidate.kind == "voice":
                look = timed(lambda: recordings.check_recording(candidate, directory))  # noqa: B023
                rows.append(Row(what + "structure in a child", look, "s"))
                made = timed(lambda: recordings.re_encoded(candidate, directory))  # noqa: B023
            else:
                made = timed(lambda: pictures.re_encoded(candidate, directory))  # noqa: B023
            rows.append(Row(what + "decode and clean copy in a child", made, "s"))
            rows.append(Row(what + "clamd", timed(lambda: scanner.scan(candidate)), "s"))  # noqa: B023
    write("uploads-verdict", rows)


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


class Watch:
    """Looks at a process, and asks for its health, until it is told to stop."""

    def __init__(self, process: psutil.Process, address: str) -> None:
        self._process = process
        self._address = address
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._weigh), threading.Thread(target=self._ask)]
        self.most = 0.0
        self.answers: list[float] = []

    def _weigh(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss / MB)

    def _ask(self) -> None:
        with httpx.Client(base_url=self._address, timeout=60) as http:
            while not self._over.wait(0.1):
                began = time.monotonic()
                assert http.get("/health").status_code in (200, 503)
                self.answers.append(1000 * (time.monotonic() - began))

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_memory_under_twenty_large_uploads(tmp_path: Path, redis_server: RedisServer) -> None:
    data = large_recording()
    with Deployment(tmp_path, redis_server, **CALM) as deployment:
        address = deployment.start_web()
        sessions = [session(address) for _ in range(AT_ONCE)]
        # One before, so that what is loaded with the first upload is not counted.
        assert sent(address, "/upload/audio", session(address), data)[0] == 201
        process = deployment.process("web")
        before = process.memory_info().rss / MB
        with Watch(process, address) as watch, ThreadPoolExecutor(AT_ONCE) as pool:
            began = time.monotonic()
            answers = list(pool.map(lambda s: sent(address, "/upload/audio", s, data), sessions))
            seconds = time.monotonic() - began
        assert [status for status, _, _ in answers] == [201] * AT_ONCE
    write(
        "uploads-memory",
        [
            Row("the web process before", before, "MB"),
            at_most(
                f"at most, more, while {AT_ONCE} uploads of {LARGE_MB} MB run",
                *(watch.most - before, "MB", 100),
            ),
            Row(f"all {AT_ONCE} taken, verdicts included", seconds, "s"),
            Row("GET /health meanwhile, median", median(watch.answers), "ms"),
            Row("GET /health meanwhile, p99", percentile(watch.answers, 0.99), "ms"),
        ],
    )


def test_a_siege_of_hostile_uploads(tmp_path: Path, redis_server: RedisServer) -> None:
    files = [hostile for hostile in corpus() if hostile.code != "VIRUS_FOUND"]
    with Deployment(
        tmp_path, redis_server, FACE_MAX_MB="2", VOICE_MAX_MB="8", **CALM
    ) as deployment:
        address = deployment.start_web()
        session_id = session(address)
        process = deployment.process("web")
        before = process.memory_info().rss / MB
        with Watch(process, address) as watch, httpx.Client(base_url=address, timeout=60) as http:
            began = time.monotonic()
            for hostile in itertools.islice(itertools.cycle(files), SIEGE):
                assert _refused(http, session_id, hostile), hostile.title
            seconds = time.monotonic() - began
        with httpx.Client(base_url=address, timeout=60) as http:
            assert http.get(f"/outputs/{session_id}").json()["outputs"] == []
    slow = sum(answer > 200 for answer in watch.answers)
    write(
        "uploads-siege",
        [
            Row("hostile uploads in a row, all refused", SIEGE / seconds, "a second"),
            Row("GET /health meanwhile, median", median(watch.answers), "ms"),
            at_most("GET /health meanwhile, p99", percentile(watch.answers, 0.99), "ms", 200),
            at_most("GET /health meanwhile, the slowest", max(watch.answers), "ms", 200),
            Row(f"over 200 ms, of {len(watch.answers)}", slow, "answers"),
            at_most("the web process, at most, more", watch.most - before, "MB", 100),
        ],
    )


def _refused(http: httpx.Client, session_id: str, hostile: Hostile) -> bool:
    path = "/upload/face" if hostile.kind == "face" else "/upload/audio"
    answer = http.post(
        path, data={"session_id": session_id}, files={"file": (hostile.name, hostile.data)}
    )
    return answer.status_code == 422
