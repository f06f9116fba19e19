"""The addresses and the names of the product's first design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from config.api_keys import ApiKey, digest
from config.settings import Settings
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from tests.web.samples import encoded, picture, recording
from web.api.first_design import GREETING
from web.jobs.stage_names import FORMER


def send(
    caller: Caller, files: dict[str, Any] | None = None, headers: Any = None, **form: str
) -> httpx.Response:
    files = {"face_image": ("me.png", picture())} if files is None else files
    fields = {"user_id": "ada"} | form
    url = "/api/start-processing"
    return caller.http.post(url, data=fields, files=files, headers=headers)


def options(caller: Caller, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = caller.http.get(answer.headers["location"]).json()["options"]
    return found


def test_start_processing_creates_session_uploads_and_job(caller: Caller) -> None:
    files = {
        "face_image": ("me.png", picture()),
        "voice_audio": ("me.mp3", encoded("mp3")),
    }
    answer = send(caller, files, script="Hello there.", height="480", captions="false")
    body = answer.json()
    assert set(body) >= {"session_id", "job_id", "status"}
    assert body["status"] == "processing_started"
    wanted = options(caller, answer)
    assert wanted["script"] == "Hello there."
    assert wanted["height"] == 480
    assert wanted["captions"] is False
    assert wanted["match_voice"] is True
    status = caller.http.get(f"/api/session/{body['session_id']}/status").json()
    assert status == caller.http.get(f"/session/{body['session_id']}/status").json()
    assert {upload["kind"] for upload in status["uploads"]} == {"face", "voice"}
    assert [job["job_id"] for job in status["jobs"]] == [body["job_id"]]


def test_without_words_a_greeting_is_spoken(caller: Caller) -> None:
    wanted = options(caller, send(caller, script=""))
    assert wanted["script"] == GREETING
    assert wanted["match_voice"] is False


def test_recording_can_be_used_as_the_speech(caller: Caller) -> None:
    files = {"face_image": ("a.png", picture()), "voice_audio": ("a.wav", recording())}
    wanted = options(caller, send(caller, files, use_audio_as_is="true"))
    assert (wanted["script"], wanted["use_audio_as_is"]) == (None, True)
    assert wanted["match_voice"] is False


def test_a_topic(caller: Caller) -> None:
    wanted = options(caller, send(caller, topic="Tea", scenes="2", engines='{"voice": "espeak"}'))
    assert (wanted["topic"], wanted["scenes"]) == ("Tea", 2)
    assert wanted["engines"] == {"voice": "espeak"}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"user_id": ""}, "user_id"),
        ({"script": "a", "topic": "b"}, "script"),
        ({"height": "tall"}, "height"),
        ({"height": "721"}, "height"),
        ({"engines": "voice"}, "engines"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_fields_are_named(caller: Caller, form: dict[str, str], field: str) -> None:
    refused = problem(send(caller, **form), 422, "VALIDATION_FAILED")
    assert [error["field"] for error in refused["errors"]] == [field]


def test_a_part_without_a_name_is_refused_like_any_other(caller: Caller) -> None:
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\na\x01b\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = caller.http.post("/api/start-processing", content=body, headers=headers)
    problem(answer, 422, "VALIDATION_FAILED")


def test_wrong_files_are_refused(caller: Caller) -> None:
    none = send(caller, files={"other": ("me.png", picture())})
    problem(none, 422, "VALIDATION_FAILED")
    wrong = send(caller, files={"face_image": ("me.png", b"nothing")})
    problem(wrong, 422, "FILE_VALIDATION_FAILED")


KEYED = {"X-API-Key": "the-key-of-ada"}
EVE = {"X-API-Key": "the-key-of-eve"}
ONCE = {"Idempotency-Key": "once"}


@pytest.fixture
def keyed(settings: Settings) -> Iterator[Caller]:
    """A server on which two front ends have an API key."""
    known = tuple(
        ApiKey(name, digest(key["X-API-Key"]), 600) for name, key in (("ada", KEYED), ("eve", EVE))
    )
    with (
        serving(replace(settings, api_keys=known)) as address,
        httpx.Client(base_url=address, timeout=30) as http,
    ):
        yield Caller(http)


def test_a_repetition_gets_the_same_job(keyed: Caller) -> None:
    first, again = (send(keyed, headers=KEYED | ONCE) for _ in range(2))
    assert first.json()["job_id"] == again.json()["job_id"]
    assert first.json()["session_id"] == again.json()["session_id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = {"face_image": ("me.png", picture(400, 400))}
    problem(send(keyed, files=other, headers=KEYED | ONCE), 422, "IDEMPOTENCY_KEY_REUSED")


def test_stranger_cannot_replay_a_request(keyed: Caller) -> None:
    first = send(keyed, headers=KEYED | ONCE).json()
    stranger = send(keyed, headers=EVE | ONCE)
    assert stranger.status_code == 202
    assert stranger.json()["job_id"] != first["job_id"]
    assert stranger.json()["session_id"] != first["session_id"]


def test_repeated_request_without_credentials_is_refused(caller: Caller) -> None:
    refused = problem(send(caller, headers=ONCE), 422, "VALIDATION_FAILED")
    assert [error["field"] for error in refused["errors"]] == ["Idempotency-Key"]
    session_id = caller.session()
    mine = ONCE | {"X-Session-ID": session_id}
    first, again = (send(caller, headers=mine).json() for _ in range(2))
    assert first["job_id"] == again["job_id"]
    assert first["session_id"] == again["session_id"] == session_id


@pytest.mark.parametrize("session_id", ["key:ada", "0" * 32])
def test_unknown_session_cannot_scope_an_idempotency_key(caller: Caller, session_id: str) -> None:
    problem(send(caller, headers={"X-Session-ID": session_id}), 404, "SESSION_NOT_FOUND")


def test_failed_request_releases_its_idempotency_key(keyed: Caller) -> None:
    production = send(keyed, headers=KEYED | ONCE, mode="production")
    problem(production, 503, "ENGINE_UNAVAILABLE")
    assert send(keyed, headers=KEYED | ONCE).status_code == 202


@pytest.mark.parametrize(("former", "ours"), FORMER.items())
def test_former_names_of_stages_are_taken(caller: Caller, former: str, ours: str) -> None:
    engine = "ffmpeg" if ours == "assemble" else "simulated"
    answer = caller.start(caller.ready_session(), engines={former: engine})
    assert options(caller, answer)["engines"] == {ours: engine}
