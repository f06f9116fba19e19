"""Starting, looking at and cancelling jobs over REST."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tasks.messaging import keys
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller, problem
from web.db.columns import now
from web.db.engine import writing
from web.jobs.models import Job


def test_a_start_is_accepted(caller: Caller) -> None:
    session_id = caller.ready_session()
    answer = caller.start(session_id, topic="Tea", script=None, scenes=2, label=True)
    assert answer.status_code == 202, answer.text
    started = answer.json()
    assert started["status"] == "processing_started"
    assert started["state"] == "queued"
    assert answer.headers["location"] == f"/process/{started['job_id']}"
    job = caller.http.get(answer.headers["location"]).json()
    assert job["session_id"] == session_id
    assert job["options"]["topic"] == "Tea"
    assert job["options"]["mode"] == "auto"
    assert job["result"] is job["error"] is job["started_at"] is None
    assert job["links"]["cancel"] == f"/process/{started['job_id']}/cancel"


def test_with_workers_it_is_dispatched_at_once(caller: Caller, redis_server: RedisServer) -> None:
    client = redis_server.client()
    fake_nodes.beat(client, *fake_nodes.simulated())
    job_id = caller.start(caller.ready_session(), script="One. Two is here. " * 8).json()["job_id"]
    job = caller.http.get(f"/process/{job_id}").json()
    assert job["attempt"] == 1
    assert job["queue_position"] is None
    stages = {stage["stage"] for stage in job["stages"]}
    assert stages == {"script", "face", "voice", "animate", "enhance", "assemble"}
    assert {stage["state"] for stage in job["stages"]} == {"waiting"}
    assert client.llen("lite") == 2  # script and face; the others follow


def test_a_dispatch_leaves_nothing_open(caller: Caller, redis_server: RedisServer) -> None:
    client = redis_server.client()
    fake_nodes.beat(client, *fake_nodes.simulated())
    session_id = caller.ready_session()
    caller.start(session_id)
    connected = len(client.client_list())
    for _ in range(10):  # each in a thread of its own, as every request is
        caller.start(session_id)
    assert client.pubsub_channels() == [keys.LIVE]
    assert len(client.client_list()) <= connected


def test_without_workers_it_waits_in_line(caller: Caller) -> None:
    session_id = caller.ready_session()
    first = caller.start(session_id).json()["job_id"]
    second = caller.start(session_id).json()["job_id"]
    urgent = caller.start(session_id, priority="high").json()["job_id"]
    position = {
        name: caller.http.get(f"/process/{name}").json()["queue_position"]
        for name in (first, second, urgent)
    }
    assert position == {urgent: 1, first: 2, second: 3}


def test_it_is_accepted_without_redis(caller: Caller, redis_server: RedisServer) -> None:
    session_id = caller.ready_session()
    redis_server.kill()
    answer = caller.start(session_id)
    assert answer.status_code == 202
    job = caller.http.get(answer.headers["location"]).json()
    assert (job["state"], job["queue_position"]) == ("queued", 1)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"script": None}, "script"),
        ({"topic": "Tea"}, "script"),
        ({"script": ""}, "script"),
        ({"script": "..., !"}, "script"),
        ({"script": "x" * 20_001}, "script"),
        ({"script": 7}, "script"),
        ({"script": None, "topic": " "}, "topic"),
        ({"script": None, "use_audio_as_is": True}, "use_audio_as_is"),
        ({"match_voice": True}, "match_voice"),
        ({"use_audio_as_is": True}, "script"),
        ({"language": "English!"}, "language"),
        ({"aspect_ratio": "4:3"}, "aspect_ratio"),
        ({"height": 239}, "height"),
        ({"height": 1082}, "height"),
        ({"height": 721}, "height"),
        ({"height": "720"}, "height"),
        ({"captions": "perhaps"}, "captions"),
        ({"seed": -1}, "seed"),
        ({"mode": "real"}, "mode"),
        ({"priority": "now"}, "priority"),
        ({"scenes": 0}, "scenes"),
        ({"scenes": 25}, "scenes"),
        ({"quality": "perfect"}, "quality"),
        ({"transition": "wipe"}, "transition"),
        ({"caption_style": "comic"}, "caption_style"),
        ({"caption_size": 12}, "caption_size"),
        ({"caption_position": "left"}, "caption_position"),
        ({"face_index": -1}, "face_index"),
        ({"engines": {"voices": "piper"}}, "engines.voices"),
        ({"engines": {"voice": "sox"}}, "engines.voice"),
        ({"mode": "production", "engines": {"voice": "simulated"}}, "engines"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_options_are_named(caller: Caller, options: dict[str, Any], field: str) -> None:
    refused = problem(caller.start(caller.ready_session(), **options), 422, "VALIDATION_FAILED")
    assert field in [error["field"] for error in refused["errors"]]


@pytest.mark.parametrize(
    "options",
    [
        {"script": "x" * 20_000},
        {"script": "日本語です。", "language": "ja"},
        {"language": "zh-CN"},
        {"aspect_ratio": "1:1", "height": 1080, "captions": False, "seed": 7},
        {"script": None, "topic": "Tea", "scenes": 24, "quality": "best"},
        {"script": None, "use_audio_as_is": True},
        {"match_voice": True, "transition": "crossfade", "face_index": 0},
        {"engines": {"voice": "piper", "enhance": "lanczos"}},
        {"caption_style": "words", "caption_size": "large", "caption_position": "top"},
    ],
)
def test_right_options_are_kept(caller: Caller, options: dict[str, Any]) -> None:
    session_id = caller.ready_session()
    caller.voice(session_id)
    answer = caller.start(session_id, **options)
    assert answer.status_code == 202, answer.text
    kept = caller.http.get(answer.headers["location"]).json()["options"]
    assert options.items() <= kept.items()


def test_a_face_is_needed(caller: Caller) -> None:
    session_id = caller.session()
    problem(caller.start(session_id), 409, "FACE_MISSING")
    assert caller.http.get(f"/session/{session_id}/status").json()["jobs"] == []


def test_production_refuses_to_pretend(caller: Caller, redis_server: RedisServer) -> None:
    session_id = caller.ready_session()
    nothing = caller.start(session_id, mode="production")
    refused = problem(nothing, 503, "ENGINE_UNAVAILABLE")
    assert len(refused["stages"]) == 6
    assert nothing.headers["retry-after"]
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated())
    refused = problem(caller.start(session_id, mode="production"), 503, "ENGINE_UNAVAILABLE")
    assert refused["stages"] == ["script", "voice", "face", "animate", "enhance"]
    assert "voice" in refused["user_message"]
    fake_nodes.beat(redis_server.client(), *fake_nodes.real(), name="all@there")
    assert caller.start(session_id, mode="production").status_code == 202


def test_cancel_is_asked_for_once(caller: Caller, redis_server: RedisServer) -> None:
    job_id = caller.start(caller.ready_session()).json()["job_id"]
    assert redis_server.client().delete(keys.WAKE) == 1
    for _ in range(2):
        answer = caller.http.post(f"/process/{job_id}/cancel")
        assert answer.status_code == 202
        assert answer.json()["cancel_requested"] is True
        assert answer.json()["state"] == "queued"
    assert redis_server.client().exists(keys.WAKE) == 1


def test_what_has_ended_stays_as_it_is(app: Flask, caller: Caller) -> None:
    job_id = caller.start(caller.ready_session()).json()["job_id"]
    with writing() as db:
        job = db.get_one(Job, job_id)
        job.state, job.finished_at = "failed", now()
        job.error_code, job.error_stage, job.error_message = "NO_FACE", "face", "No face."
    answer = caller.http.post(f"/process/{job_id}/cancel")
    assert answer.status_code == 202
    assert answer.json()["cancel_requested"] is False
    assert answer.json()["error"] == {
        **{"error_code": "NO_FACE", "stage": "face", "user_message": "No face."},
        **{"code": "NO_FACE", "message": "No face."},
    }


def test_an_unknown_job_is_not_found(caller: Caller) -> None:
    problem(caller.http.get("/process/abc"), 404, "JOB_NOT_FOUND")
    problem(caller.http.post("/process/abc/cancel"), 404, "JOB_NOT_FOUND")


def test_a_report_survives_options_that_are_no_object(app: Flask, caller: Caller) -> None:
    job_id = caller.start(caller.ready_session()).json()["job_id"]
    for stored in (["not", "an", "object"], "text", 7):
        with writing() as db:
            job = db.get_one(Job, job_id)
            job.options, job.state, job.finished_at = stored, "failed", now()  # type: ignore[assignment]
        answer = caller.http.get(f"/process/{job_id}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["options"] == {}
