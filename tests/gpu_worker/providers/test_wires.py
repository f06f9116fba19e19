"""Each wire against a server on this machine that answers as its provider does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import Frame, Frames, ProviderRefused
from gpu_worker.providers.wire import WIRES, Wire, open_wire
from tasks.domain.hosted import Cause, ClipOrder, Outcome, Purchase, Remote
from tests.services.http_server import Answer, Asked, Server, serving

ORDER = ClipOrder("A fox in the snow", 5.0, "16:9", seed=7)
FRAMES = Frames(first=Frame(b"\x89PNG", "image/png"))


@dataclass
class Script:
    """What a provider answers, and what it must have been asked."""

    wire: str
    model: str
    created: Any
    task: str
    create: str
    """The path of the create call."""
    working: Any
    finished: Any
    failed: Any
    url: str
    authorization: tuple[str, str] = ("authorization", "Bearer s3cret")
    cause: Cause = Cause.MODERATION
    result: Any = None
    """The answer under the second address of a finished task."""
    prompt: Callable[[Any], str] = field(default=lambda body: str(body["prompt"]))


SCRIPTS = (
    Script(
        *("runway", "gen4.5", {"id": "t1"}, "t1", "/v1/image_to_video"),
        working={"id": "t1", "status": "THROTTLED"},
        finished={"status": "SUCCEEDED", "output": ["https://cdn.example/a.mp4"]},
        failed={"status": "FAILED", "failure": "no", "failureCode": "SAFETY.INPUT.TEXT"},
        url="https://cdn.example/a.mp4",
        prompt=lambda body: str(body["promptText"]),
    ),
    Script(
        *("google", "veo-3.1", {"name": "models/veo-3.1/operations/op1"}),
        *("models/veo-3.1/operations/op1", "/v1beta/models/veo-3.1:predictLongRunning"),
        working={"name": "models/veo-3.1/operations/op1"},
        finished={
            "done": True,
            "response": {
                "generateVideoResponse": {"generatedSamples": [{"video": {"uri": "https://g/v"}}]}
            },
        },
        failed={
            "done": True,
            "response": {"generateVideoResponse": {"raiMediaFilteredReasons": ["a face"]}},
        },
        url="https://g/v",
        authorization=("x-goog-api-key", "s3cret"),
        prompt=lambda body: str(body["instances"][0]["prompt"]),
    ),
    Script(
        *("google", "gemini-omni-1.1-flash", {"id": "i1", "status": "in_progress"}, "i1"),
        "/v1/interactions",
        working={"id": "i1", "status": "in_progress"},
        finished={
            "status": "completed",
            "steps": [
                {"type": "model_output", "content": [{"type": "video", "uri": "https://g/o"}]}
            ],
        },
        failed={"status": "failed", "errors": [{"message": "blocked by our safety policy"}]},
        url="https://g/o",
        authorization=("x-goog-api-key", "s3cret"),
        prompt=lambda body: str(body["input"][0]["content"][0]["text"]),
    ),
    Script(
        *("kling", "kling-v3", {"code": 0, "data": {"id": "k1"}}, "k1"),
        "/image-to-video/kling-v3",
        working={"code": 0, "data": [{"id": "k1", "status": "processing"}]},
        finished={
            "code": 0,
            "data": [{"id": "k1", "status": "succeed", "outputs": [{"url": "https://k/v.mp4"}]}],
        },
        failed={
            "code": 0,
            "data": [{"id": "k1", "status": "failed", "message": "sensitive content"}],
        },
        url="https://k/v.mp4",
        prompt=lambda body: str(body["contents"][0]["text"]),
    ),
    Script(
        *("fal", "fal-ai/wan/v2.2", {"request_id": "f1"}, "f1", "/fal-ai/wan/v2.2"),
        working={"status": "IN_QUEUE", "queue_position": 3},
        finished={"status": "COMPLETED"},
        failed={"status": "COMPLETED"},
        result={"video": {"url": "https://fal.media/v.mp4"}},
        url="https://fal.media/v.mp4",
        authorization=("authorization", "Key s3cret"),
        cause=Cause.INPUT,
    ),
    Script(
        *("replicate", "wan/wan-2.2", {"id": "p1"}, "p1", "/v1/models/wan/wan-2.2/predictions"),
        working={"status": "starting"},
        finished={"status": "succeeded", "output": "https://replicate.delivery/v.mp4"},
        failed={"status": "failed", "error": "NSFW content detected"},
        url="https://replicate.delivery/v.mp4",
        prompt=lambda body: str(body["input"]["prompt"]),
    ),
    Script(
        *("openai_videos", "sora-2", {"id": "v1", "status": "queued"}, "v1", "/v1/videos"),
        working={"status": "in_progress", "progress": 40},
        finished={"status": "completed", "progress": 100},
        failed={"status": "failed", "error": {"code": "moderation_blocked", "message": "no"}},
        url="/v1/videos/v1/content",
    ),
    Script(
        *("seedance", "seedance-2-5", {"id": "s1"}, "s1", "/contents/generations/tasks"),
        working={"status": "running"},
        finished={"status": "succeeded", "content": {"video_url": "https://s/v.mp4"}},
        failed={
            "status": "failed",
            "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"},
        },
        url="https://s/v.mp4",
        prompt=lambda body: str(body["content"][0]["text"]),
    ),
)


def wire_of(script: Script, server: Server) -> Wire:
    remote = Remote("p", script.wire, server.url, script.model)
    return open_wire(remote, ProviderKey("p", "main", "s3cret"))


def test_every_wire_is_spoken_here() -> None:
    assert {script.wire for script in SCRIPTS} == set(WIRES)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: f"{script.wire}-{script.model}")
def test_a_task_is_created_polled_and_found_finished(script: Script) -> None:
    with serving() as server:
        wire = wire_of(script, server)
        server.answer = lambda _: Answer.of(script.created)
        assert wire.submit("pvc_1", ORDER, FRAMES).task_id == script.task
        (asked,) = server.asked
        assert (asked.method, asked.path) == ("POST", script.create)
        name, value = script.authorization
        assert asked.headers[name] == value
        if script.wire == "openai_videos":
            assert b"A fox in the snow" in asked.body
            assert b"\x89PNG" in asked.body
        else:
            assert script.prompt(asked.json) == ORDER.prompt

        server.answer = lambda _: Answer.of(script.working)
        working = wire.poll([script.task])[script.task]
        assert working.outcome in (Outcome.WAITING, Outcome.RUNNING)

        server.answer = lambda asked: finished(script, asked)
        done = wire.poll([script.task])[script.task]
        assert done.outcome is Outcome.READY
        assert done.urls[0].endswith(script.url)

        server.answer = lambda asked: failed(script, asked)
        lost = wire.poll([script.task])[script.task]
        assert (lost.outcome, lost.cause) == (Outcome.FAILED, script.cause)
        server.answer = lambda _: Answer.of({})
        wire.cancel(script.task)


def finished(script: Script, asked: Asked) -> Answer:
    if script.result is not None and not asked.path.endswith("/status"):
        return Answer.of(script.result)
    return Answer.of(script.finished)


def failed(script: Script, asked: Asked) -> Answer:
    if script.result is not None and not asked.path.endswith("/status"):
        return Answer.of({"detail": [{"msg": "wrong duration"}]}, 422)
    return Answer.of(script.failed)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        *((429, code, Cause.LIMIT) for code in (1302, 1303)),
        *((429, code, Cause.KEY) for code in (1100, 1101, 1102)),
        *[(200, 1304, Cause.KEY), (400, 1301, Cause.MODERATION), (400, 1201, Cause.INPUT)],
    ],
)
def test_codes_of_kling_say_what_is_worth_another_try(status: int, code: int, cause: Cause) -> None:
    with serving() as server:
        wire = wire_of(SCRIPTS[3], server)
        server.answer = lambda _: Answer.of({"code": code, "message": "no"}, status)
        with pytest.raises(ProviderRefused) as refused:
            wire.submit("pvc_1", ORDER, Frames())
        assert refused.value.cause is cause


def test_a_lost_task_is_found_by_our_own_id() -> None:
    with serving() as server:
        wire = wire_of(SCRIPTS[3], server)
        purchase = Purchase("pvc_1", "job", 1, Remote("p", "kling", server.url, "k"), ORDER)
        mine = {"id": "k9", "external_task_id": "pvc_1"}
        server.answer = lambda _: Answer.of({"code": 0, "data": [mine]})
        found = wire.find(purchase)
        assert found is not None
        assert found.task_id == "k9"
        server.answer = lambda _: Answer.of({"code": 0, "data": []})
        assert wire.find(purchase) is None


def test_a_lost_task_is_found_in_a_list_only_if_one_can_be_meant() -> None:
    with serving() as server:
        wire = wire_of(SCRIPTS[6], server)
        remote = Remote("p", "openai_videos", server.url, "sora-2")
        purchase = Purchase("pvc_1", "job", 1, remote, ORDER, since=1000.0, known_tasks=("v0",))

        def listed(*ids: str, created: float = 1010.0) -> None:
            rows = [
                {"id": i, "prompt": ORDER.prompt, "model": "sora-2", "created_at": created}
                for i in ids
            ]
            server.answer = lambda _: Answer.of({"data": rows})

        listed("v0", "v1")
        found = wire.find(purchase)
        assert found is not None
        assert found.task_id == "v1"
        listed("v1", "v2")
        assert wire.find(purchase) is None
        listed("v1", created=1.0)
        assert wire.find(purchase) is None
