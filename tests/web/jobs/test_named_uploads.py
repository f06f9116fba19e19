"""A job is made from the uploads that its request names, and from no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.caller import Caller, problem
from tests.web.samples import picture, recording
from tests.web.uploads.test_resumable import begun, piece
from web.db.engine import reading
from web.jobs.models import Job


def _inputs(app: Any, answer: Any) -> dict[str, str]:
    assert answer.status_code == 202, answer.text
    with app.app_context(), reading() as db:
        job = db.get_one(Job, answer.json()["job_id"])
        return {name: blob["sha256"] for name, blob in job.inputs.items()}


def _refused(answer: Any, field: str, words: str) -> None:
    (reason,) = problem(answer, 409, "UPLOAD_NOT_ACCEPTED")["errors"]
    assert reason["field"] == field
    assert words in reason["message"]


def test_the_named_uploads_are_used_and_else_the_newest(caller: Caller, app: Any) -> None:
    session_id = caller.session()
    faces = [caller.face(session_id, picture(width)).json() for width in (300, 310)]
    voices = [caller.voice(session_id, recording(seconds)).json() for seconds in (1.0, 1.2)]
    first = {"face_upload_id": faces[0]["upload_id"], "voice_upload_id": voices[0]["upload_id"]}
    assert _inputs(app, caller.start(session_id, **first)) == {
        "face": faces[0]["sha256"],
        "voice": voices[0]["sha256"],
    }
    assert _inputs(app, caller.start(session_id)) == {
        "face": faces[1]["sha256"],
        "voice": voices[1]["sha256"],
    }


@pytest.mark.parametrize("kind", ["face", "voice"])
def test_a_start_with_an_upload_that_was_not_accepted_is_refused(caller: Caller, kind: str) -> None:
    session_id, field = caller.ready_session(), f"{kind}_upload_id"
    other = "voice" if kind == "face" else "face"
    send = {"face": caller.face, "voice": caller.voice}
    wrong_kind = send[other](session_id).json()["upload_id"]
    foreign = send[kind](caller.session()).json()["upload_id"]
    _refused(caller.start(session_id, **{field: "0" * 32}), field, "refused or deleted")
    _refused(caller.start(session_id, **{field: foreign}), field, "refused or deleted")
    _refused(caller.start(session_id, **{field: wrong_kind}), field, "This upload is a")
    problem(caller.start(session_id, **{field: ""}), 422, "VALIDATION_FAILED")


def test_an_upload_that_is_still_being_sent_is_refused_until_it_is_complete(
    caller: Caller, app: Any
) -> None:
    session_id, data = caller.ready_session(), picture(330)
    url = begun(caller, session_id, len(data), kind="face", filename="b.png").headers["location"]
    partial = url.rpartition("/")[2]
    assert "upload-id" not in piece(caller, url, 0, data[:9]).headers
    _refused(caller.start(session_id, face_upload_id=partial), "face_upload_id", "still being sent")
    upload_id = piece(caller, url, 9, data[9:]).headers["upload-id"]
    _refused(caller.start(session_id, face_upload_id=partial), "face_upload_id", "`upload_id`")
    assert _inputs(app, caller.start(session_id, face_upload_id=upload_id))
    assert caller.http.get(url).json()["upload_id"] == upload_id


def test_an_upload_refused_after_a_good_one_makes_no_video_of_the_good_one(
    caller: Caller,
) -> None:
    session_id, data = caller.ready_session(), b"\x7fELF" + bytes(400)
    url = begun(caller, session_id, len(data), kind="face", filename="b.png").headers["location"]
    problem(piece(caller, url, 0, data), 422, "FILE_VALIDATION_FAILED")
    refused = url.rpartition("/")[2]
    _refused(caller.start(session_id, face_upload_id=refused), "face_upload_id", "refused")


def test_one_key_with_another_upload_is_another_request(caller: Caller) -> None:
    session_id = caller.session()
    one, two = (caller.face(session_id, picture(w)).json()["upload_id"] for w in (300, 310))

    def start(upload_id: str) -> Any:
        wanted = {"session_id": session_id, "script": "Hi.", "face_upload_id": upload_id}
        headers = {"Idempotency-Key": "k", "X-Session-ID": session_id}
        return caller.http.post("/process/start", json=wanted, headers=headers)

    first = start(one)
    assert start(one).json()["job_id"] == first.json()["job_id"]
    problem(start(two), 422, "IDEMPOTENCY_KEY_REUSED")
