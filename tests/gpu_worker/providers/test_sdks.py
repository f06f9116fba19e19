"""The wires send what their providers' own packages send, and read what those packages read.

Each package is installed alone into a folder of the test, from the package index, and sends the
same requests to the same server as our wire. What both send is equal: methods, paths, keys, media
types and bodies. Kling has no package, so its wire is held to its documentation only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from config.installation import ROOT
from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Frame, Frames
from gpu_worker.providers.wire import WIRES, open_wire
from tasks.domain.hosted import ClipOrder, Outcome, Remote
from tests.gpu_worker.providers import sdk_calls
from tests.services.http_server import Answer, Asked, Server, serving

pytestmark = pytest.mark.slow
UV = ROOT / ".venvs" / "uv" / "bin" / "uv"
ORDER = ClipOrder(sdk_calls.PROMPT, 5.0, "16:9", seed=sdk_calls.SEED)
FRAMES = Frames(first=Frame(sdk_calls.PNG, "image/png"))
NO_PACKAGE: Final = {"kling"}
DEFAULTS: Final = {("logs", "false"), ("stream", "false")}
"""Queries of packages that say what happens without them, too."""
MATTER: Final = ("authorization", "x-goog-api-key", "x-runway-version")
LINK: Final = "https://files.example/a.mp4"


@dataclass(frozen=True)
class Sdk:
    """A provider's package, and a server's complete answers to it."""

    name: str
    """Of the function in `sdk_calls.py`."""
    package: str
    wire: str
    model: str
    task: str
    answers: Mapping[str, Any]
    """By `METHOD path` as a regular expression."""
    cost: float | None = None
    checks: bool = True
    """Whether the package asks what our check asks."""
    link: str = LINK

    def answer(self, asked: Asked) -> Answer:
        line = f"{asked.method} {asked.path}"
        found = [body for shape, body in self.answers.items() if re.fullmatch(shape, line)]
        return Answer.of(found[0]) if found else Answer.of({"error": "not found"}, 404)


_RUNNING = {"id": "i1", "status": "in_progress"}
_DONE = {
    "id": "i1",
    "status": "completed",
    "created": "2026-11-30T12:00:00Z",
    "updated": "2026-11-30T12:01:00Z",
    "steps": [
        {"type": "user_input", "content": [{"type": "text", "text": "A fox in the snow"}]},
        {"type": "model_output", "content": [{"type": "video", "uri": LINK}]},
    ],
}
_PREDICTION = {
    "id": "p1",
    "model": "wan/wan-2.2",
    "version": "hidden",
    "status": "succeeded",
    "input": {"prompt": "A fox in the snow"},
    "output": LINK,
    "logs": "",
    "error": None,
    "created_at": "2026-11-30T12:00:00Z",
    "urls": {"get": LINK, "cancel": LINK},
}
_VIDEO = {
    "id": "v1",
    "object": "video",
    "model": "sora-2",
    "status": "completed",
    "progress": 100,
    "created_at": 1796040000,
    "seconds": "5",
    "size": "1280x720",
}
_FAL = "/fal-ai/wan/requests/f1"


def omni(version: str, package: str) -> Sdk:
    path = f"/{version}/interactions"
    return Sdk(
        *("omni", package, "google", "gemini-omni-1.1-flash", "i1"),
        answers={f"POST {path}(/i1/cancel)?": _RUNNING, rf"GET {path}/i1(\?stream=false)?": _DONE},
        checks=False,
    )


SDKS = (
    Sdk(
        *("runway", "runwayml==5.24.0", "runway", "gen4.5", "t1"),
        answers={
            "POST /v1/(image|text)_to_video": {"id": "t1", "estimatedCost": {"credits": 60}},
            "GET /v1/tasks/t1": {
                "id": "t1",
                "status": "SUCCEEDED",
                "createdAt": "2026-11-30T12:00:00Z",
                "cost": {"credits": 60},
                "output": [LINK],
            },
            "DELETE /v1/tasks/t1": {},
            "GET /v1/organization": {"creditBalance": 120, "tier": {}, "usage": {}},
        },
        cost=0.6,
    ),
    Sdk(
        *("openai_videos", "openai==3.57.0", "openai_videos", "sora-2", "v1"),
        answers={
            "POST /v1/videos": _VIDEO,
            "GET /v1/videos/v1": _VIDEO,
            "DELETE /v1/videos/v1": {"id": "v1", "deleted": True, "object": "video.deleted"},
            r"GET /v1/videos\?limit=1": {"object": "list", "data": [_VIDEO], "has_more": False},
        },
        link="/v1/videos/v1/content",
    ),
    Sdk(
        *("replicate", "replicate==1.0.7", "replicate", "wan/wan-2.2", "p1"),
        answers={
            "POST /v1/models/wan/wan-2.2/predictions": _PREDICTION,
            "GET /v1/predictions/p1": _PREDICTION,
            "POST /v1/predictions/p1/cancel": _PREDICTION,
            "GET /v1/account": {"type": "user", "username": "ada", "name": "Ada"},
        },
    ),
    Sdk(
        *("fal", "fal-client==1.0.3", "fal", "fal-ai/wan/v2.2", "f1"),
        answers={
            "POST /fal-ai/wan/v2.2": {
                "request_id": "f1",
                "response_url": _FAL,
                "status_url": f"{_FAL}/status",
                "cancel_url": f"{_FAL}/cancel",
            },
            rf"GET {_FAL}/status(\?logs=\w+)?": {"status": "COMPLETED", "logs": None},
            f"GET {_FAL}": {"video": {"url": LINK}},
            f"PUT {_FAL}/cancel": {"status": "CANCELLATION_REQUESTED"},
        },
        checks=False,
    ),
    Sdk(
        *("seedance", "volcengine-ark-runtime==5.0.54", "seedance", "seedance-2-5", "s1"),
        answers={
            "POST /contents/generations/tasks": {"id": "s1"},
            "GET /contents/generations/tasks/s1": {
                "id": "s1",
                "model": "seedance-2-5",
                "status": "succeeded",
                "content": {"video_url": LINK},
            },
            "DELETE /contents/generations/tasks/s1": {},
            r"GET /contents/generations/tasks\?page_size=1": {"total": 0, "items": []},
        },
    ),
    Sdk(
        *("veo", "google-genai==2.34.0", "google", "veo-3.1", sdk_calls.DOWNSTREAM),
        answers={
            "POST /v1beta/models/veo-3.1:predictLongRunning": {"name": sdk_calls.DOWNSTREAM},
            f"GET /v1beta/{sdk_calls.DOWNSTREAM}": {
                "name": sdk_calls.DOWNSTREAM,
                "done": True,
                "response": {
                    "generateVideoResponse": {"generatedSamples": [{"video": {"uri": LINK}}]}
                },
            },
            "GET /v1beta/models/veo-3.1": {"name": "models/veo-3.1", "displayName": "Veo 3.1"},
        },
    ),
    omni("v1beta", "google-genai==2.34.0"),
    omni("v1", "google-genai==3.6.1"),
)


@pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: f"{sdk.name} by {sdk.package}")
def test_a_wire_sends_what_the_provider_s_package_sends(sdk: Sdk, tmp_path: Path) -> None:
    with serving() as server:
        server.answer = sdk.answer
        ours = by_our_wire(sdk, server)
        server.asked.clear()
        by_package(sdk, server.url, tmp_path)
        theirs = list(server.asked)
    told = [plain(asked) for asked in theirs]
    assert [plain(asked) for asked in ours] == told


def test_every_wire_is_compared_with_a_package_if_there_is_one() -> None:
    assert {sdk.wire for sdk in SDKS} | NO_PACKAGE == set(WIRES)


def by_our_wire(sdk: Sdk, server: Server) -> list[Asked]:
    """Buy, ask for and cancel a clip; return the requests that found something."""
    remote = Remote("p", sdk.wire, server.url, sdk.model)
    wire = open_wire(remote, ProviderKey("p", "main", sdk_calls.KEY))
    for frames in (FRAMES, Frames()):
        made = wire.submit("pvc_1", ORDER, frames)
        assert (made.task_id, made.cost) == (sdk.task, sdk.cost)
    status = wire.poll([sdk.task])[sdk.task]
    assert (status.outcome, status.cost) == (Outcome.READY, sdk.cost)
    assert [url.removeprefix(server.url) for url in status.urls] == [sdk.link]
    wire.cancel(sdk.task)
    if sdk.checks:
        assert wire.check()
    return [asked for asked in server.asked if sdk.answer(asked).status == 200]


def by_package(sdk: Sdk, url: str, directory: Path) -> None:
    if not UV.exists():
        pytest.skip("no .venvs/uv: make setup")
    target = directory / "package"
    command = [str(UV), "pip", "install", "--quiet", "--python", sys.executable]
    done = run([*command, "--target", str(target), sdk.package], {})
    if done.returncode != 0 and re.search("Failed to fetch|dns error|error sending", done.stderr):
        pytest.skip("no package index")
    assert done.returncode == 0, done.stderr[-2000:]
    # Without `site`, nothing of this project's environment is found.
    script = [sys.executable, "-S", sdk_calls.__file__, sdk.name, url]
    done = run(script, {"PYTHONPATH": str(target)})
    assert done.returncode == 0, done.stderr[-2000:]


def run(command: list[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"NO_PROXY": "127.0.0.1"} | more
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=300, check=False
    )


def plain(asked: Asked) -> dict[str, Any]:
    """Return what matters of a request, with fields of null as if they were left out."""
    parts = urlsplit(asked.path)
    query = [pair for pair in parse_qsl(parts.query) if pair not in DEFAULTS]
    media_type = asked.headers.get("content-type", "").partition(";")[0] if asked.body else ""
    return {
        "line": f"{asked.method} {parts.path}",
        "query": query,
        "keys": {name: asked.headers[name] for name in MATTER if name in asked.headers},
        "type": "" if asked.body in (b"", b"{}") else media_type,
        "body": form_of(asked) if media_type == "multipart/form-data" else json_of(asked),
    }


def json_of(asked: Asked) -> Any:
    return without_nulls(json.loads(asked.body)) if asked.body else {}


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(one) for name, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def form_of(asked: Asked) -> dict[str, Any]:
    """Return the fields of a form, and the name, type and bytes of its files."""
    head = f"content-type: {asked.headers['content-type']}\r\n\r\n".encode()
    found: dict[str, Any] = {}
    for part in message_from_bytes(head + asked.body).get_payload():
        data = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        named = part.get_filename()
        found[str(name)] = (named, part.get_content_type(), data) if named else data
    return found
