"""Both clients against a running system; TypeScript in Node and in Chromium."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from callsheet_client import AsyncClient, Client, JobCancelled, WaitTimeout
from callsheet_client._events import order

from config.setup import studio
from tasks.messaging import keys
from tests.clients.conftest import SIMULATED, SOURCE, Api, tsc
from tests.deployment import ROOT, small_picture
from tests.faults.proxy import Proxy
from tests.studio.conftest import Journey, chromium, journey  # noqa: F401  fixtures
from tests.web.samples import recording
from web.webhooks import signing


def run(built: Path, node: studio.Node, proxy: Proxy | None, **environ: str) -> Any:
    """Run the journey; cut the network where it wants that; return what it has seen."""
    shutil.copy(Path(__file__).with_name("journey.mjs"), built)
    command = [node.node, "journey.mjs"]
    with subprocess.Popen(
        command, cwd=built, env=os.environ | environ, stdout=subprocess.PIPE, text=True
    ) as process:
        stop = threading.Timer(100, process.kill)
        stop.start()
        assert process.stdout is not None
        line = ""
        for line in process.stdout:
            if line == "CUT\n" and proxy is not None:
                proxy.reset()
        stop.cancel()
        assert process.wait(10) == 0, line
    return json.loads(line)


def test_python_through_a_network_that_is_cut(proxy: Proxy, tmp_path: Path) -> None:
    with Client(f"http://127.0.0.1:{proxy.port}") as client:
        session = client.open_session()
        session.upload_face(small_picture())
        assert session.estimate(**SIMULATED)["seconds"] >= 0
        job = session.start(**SIMULATED, idempotency_key="once")
        assert session.start(**SIMULATED, idempotency_key="once").id == job.id
        events = []
        for event in job.events():
            events.append(event)
            if len(events) in (2, 4, 7):
                proxy.reset()
        whole = list(job.events())
        assert [e["event_id"] for e in events] == [e["event_id"] for e in whole]
        assert [order(e["event_id"]) for e in events] == sorted(order(e["event_id"]) for e in whole)
        assert events[-1]["event_type"] == "pipeline_completed"
        video = job.download(tmp_path / "video.mp4")
        assert video.read_bytes()[4:8] == b"ftyp"
        assert not list(tmp_path.glob("*.part"))
        assert job.wait()["state"] == "succeeded"


def test_python_cancels_and_stops_waiting_asynchronously(address: str) -> None:
    async def cancels() -> None:
        async with AsyncClient(address) as client:
            session = await client.open_session()
            await session.upload_face(small_picture())
            job = await session.start(**SIMULATED, seed=7)
            began = time.monotonic()
            with pytest.raises(WaitTimeout):
                await job.wait(timeout=0.05)
            assert time.monotonic() - began < 5
            await job.cancel()
            seen: list[str] = []
            with pytest.raises(JobCancelled) as cancelled:
                await job.wait(timeout=60, on_event=lambda e: seen.append(e["event_type"]))
            assert cancelled.value.report["state"] == "cancelled"
            assert seen[-1] == "pipeline_cancelled"

    asyncio.run(cancels())


@pytest.mark.slow
def test_typescript_in_node_through_a_network_that_is_cut(
    built: Path,
    node: studio.Node,
    proxy: Proxy,
    tmp_path: Path,
) -> None:
    face, voice, secret = tmp_path / "face.png", tmp_path / "voice.wav", signing.new_secret()
    face.write_bytes(small_picture())
    voice.write_bytes(recording())
    body = json.dumps({"event_type": "pipeline_completed"})
    headers = signing.headers([signing.new_secret(), secret], "5-0", body, datetime.now(UTC))
    webhook = json.dumps({"secret": secret, "headers": headers, "body": body})
    address = f"http://127.0.0.1:{proxy.port}"
    files = {"FACE": str(face), "VOICE": str(voice)}
    seen = run(built, node, proxy, CALLSHEET_URL=address, WEBHOOK=webhook, **files)
    assert seen["wrongKey"] == [401, "API_KEY_UNKNOWN", "Invalid API key."]
    assert seen["away"] == "ConnectionFailed"
    assert seen["progress"] == sorted(seen["progress"])
    assert seen["progress"][-1] == seen["size"]
    assert seen["uploads"] == [seen["uploadId"]]
    assert seen["voice"]
    assert seen["repeated"]
    assert seen["events"] == seen["whole"]
    assert (seen["last"], seen["state"], seen["video"]) == (
        *("pipeline_completed", "succeeded", "ftyp"),
    )
    assert seen["late"]
    assert seen["cancelled"] == [True, "cancelled"]
    assert seen["hook"] == [100, "the video is ready", True, True]
    assert seen["hookCancelled"] == "JobCancelled"
    assert seen["webhook"] == "pipeline_completed"
    assert seen["forged"]


@pytest.mark.slow
def test_typescript_waits_as_long_as_the_server_says(
    built: Path,
    node: studio.Node,
    api: Api,
    full_after_one: Api,
    tmp_path: Path,
) -> None:
    face = tmp_path / "face.png"
    face.write_bytes(small_picture())
    addresses = {"CALLSHEET_URL": api.address, "FULL_URL": full_after_one.address}
    shutil.copy(Path(__file__).with_name("retries.mjs"), built)
    with subprocess.Popen(
        [node.node, "retries.mjs"],
        cwd=built,
        env=os.environ | addresses | {"FACE": str(face)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = ""
        for line in process.stdout:
            if line == "WAIT\n":
                for key in api.redis.scan_iter(f"*{keys.RATES}*"):
                    api.redis.delete(key)
        assert process.wait(10) == 0, line
    seen = json.loads(line)
    assert len(seen["waits"]) == 1
    assert 1 <= seen["waits"][0] <= 60
    assert seen["refused"][0] == "TOO_MANY_REQUESTS"
    assert 1 <= seen["refused"][1] <= 60
    [[wait], is_another] = seen["full"]
    assert is_another
    assert 1 <= wait <= 60


@pytest.mark.slow
def test_generated_types_compile_with_default_flags(node: studio.Node) -> None:
    generated = str(SOURCE / "src" / "generated.ts")
    assert tsc(node, "--noEmit", "--target", "es2022", generated) == ""


@pytest.mark.slow
def test_compilers_of_studio_and_client_are_the_same() -> None:
    ours = json.loads((SOURCE / "package.json").read_text())["devDependencies"]
    theirs = json.loads((studio.SOURCE / "package.json").read_text())["devDependencies"]
    assert {name: theirs[name] for name in ours} == ours


@pytest.mark.slow
def test_a_page_of_another_origin_makes_and_shows_a_video(
    built: Path,
    address: str,
    journey: Journey,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The page of docs/clients.md, as it is written."""
    written = re.search(r"```html\n(.*?)```", (ROOT / "docs/clients.md").read_text(), re.DOTALL)
    assert written is not None
    page = tmp_path / "page"
    shutil.copytree(built / "dist", page / "dist")
    (page / "favicon.ico").touch()
    html = written[1].replace("http://127.0.0.1:5000", address)
    (page / "index.html").write_text(html)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Quiet, directory=str(page))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving_ = threading.Thread(target=server.serve_forever)
        serving_.start()
        try:
            url = f"http://localhost:{server.server_port}/"
            seen = journey("front-end", address, STUDIO_PAGE=url)
        finally:
            server.shutdown()
            serving_.join()
    assert re.fullmatch(rf"{address}/download/\w+/\w+-final\.mp4", seen["src"])
    assert seen["width"] > 0
    assert seen["percent"] == 100
