"""A library keeps the part of a recording that its owner chooses, at the start or later."""

from __future__ import annotations

import io
import wave
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from tasks.domain.examination import Sound, Verdict
from tests.web.images.keeping import keep
from tests.web.images.test_ownership import problem, session_of, start
from tests.web.images.test_verdicts import judged
from tests.web.people import Person, sign_up
from tests.web.samples import recording
from tests.web.storage.test_retention import stored
from web.db.engine import reading
from web.jobs.models import Job


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


def add(api: FlaskClient, ada: Person, **fields: str) -> Any:
    form = {"file": (io.BytesIO(recording(3.0)), "me.wav"), **fields}
    return api.post("/api/voices", headers=ada.headers, data=form)


def seconds(api: FlaskClient, ada: Person, item: dict[str, Any]) -> float:
    data = api.get(f"/api/voices/{item['id']}/content", headers=ada.headers).data
    with wave.open(io.BytesIO(data)) as sound:
        return sound.getnframes() / sound.getframerate()


def test_a_part_is_kept_when_a_recording_is_added(api: FlaskClient, ada: Person) -> None:
    part = add(api, ada, start="0.5", end="2")
    assert part.status_code == 201, part.text
    assert part.json["seconds"] == pytest.approx(1.5, abs=0.01)
    assert seconds(api, ada, part.json) == pytest.approx(1.5, abs=0.01)
    whole = add(api, ada)
    assert (whole.status_code, whole.json["seconds"]) == (201, 3.0)
    again = add(api, ada, start="0.5", end="2")
    assert (again.status_code, again.json["id"]) == (200, part.json["id"])
    assert problem(add(api, ada, start="2", end="1")) == (422, "VALIDATION_FAILED")
    assert problem(add(api, ada, start="8")) == (422, "FILE_VALIDATION_FAILED")


@pytest.mark.slow
def test_a_part_of_an_upload_is_kept(api: FlaskClient, ada: Person) -> None:
    form = {
        "session_id": session_of(api, ada.headers),
        "file": (io.BytesIO(recording(3.0)), "me.wav"),
    }
    upload = api.post("/upload/audio", data=form, headers=ada.headers).json["upload_id"]
    sent = {"upload_id": upload, "start": 1, "name": "The end"}
    kept = api.post("/api/voices", json=sent, headers=ada.headers)
    assert kept.status_code == 201, kept.text
    assert (kept.json["seconds"], kept.json["name"]) == (2.0, "The end")
    assert api.post("/api/voices", json=sent, headers=ada.headers).status_code == 200
    wrong = sent | {"start": 2, "end": 1.9}
    assert problem(api.post("/api/voices", json=wrong, headers=ada.headers))[0] == 422
    # It is refused with the upload that it was cut from, and no other part of that is kept.
    content = f"/api/voices/{kept.json['id']}/content"
    assert api.get(content, headers=ada.headers).status_code == 200
    path = f"/session/{form['session_id']}"
    face = keep(ada)["id"]
    named = {"session_id": form["session_id"], "face_image_id": face, "voice_upload_id": upload}
    job = api.post("/process/start", json=named | {"script": "Hello."}, headers=ada.headers)
    assert job.status_code == 202, job.text
    assert api.post(f"{path}/consent/withdraw", headers=ada.headers).status_code == 200
    assert problem(api.get(content, headers=ada.headers)) == (451, "CONSENT_WITHDRAWN")
    for part in ({"upload_id": upload}, {"upload_id": upload, "end": 1}):
        again = api.post("/api/voices", json=part, headers=ada.headers)
        assert problem(again) == (451, "CONSENT_WITHDRAWN")


def withdraw(api: FlaskClient, ada: Person, job_id: str) -> None:
    """Withdraw the consent for the jobs of a job's session."""
    with reading() as db:
        path = f"/session/{db.get_one(Job, job_id).session_id}/consent/withdraw"
    assert api.post(path, headers=ada.headers).status_code == 200


def test_a_kept_recording_is_cut_later_and_judged_again(
    api: FlaskClient, ada: Person, settings: Settings
) -> None:
    item = add(api, ada).json
    judged(item["id"], Verdict(sound=Sound(3.0, 3.0, -20.0, 30.0, 0.0)))
    path = f"/api/voices/{item['id']}"
    face = keep(ada)
    job = start(api, ada.headers, face_image_id=face["id"], voice_id=item["id"])
    assert job.status_code == 202, job.text
    changed = api.patch(path, json={"end": 1.25, "name": "Short"}, headers=ada.headers)
    assert changed.status_code == 200, changed.text
    assert (changed.json["seconds"], changed.json["name"]) == (1.25, "Short")
    assert changed.json["examination"] == {"state": "pending"}
    assert seconds(api, ada, item) == 1.25
    # The job goes on with the recording with which it began, and the whole one may be added again.
    assert {item["sha256"], changed.json["sha256"]} <= stored(settings)
    withdraw(api, ada, job.json["job_id"])
    refused = 451, "CONSENT_WITHDRAWN"
    assert problem(api.get(f"{path}/content", headers=ada.headers)) == refused
    assert problem(api.patch(path, json={"end": 1}, headers=ada.headers)) == refused
    started = start(api, ada.headers, face_image_id=keep(ada)["id"], voice_id=item["id"])
    assert problem(started) == refused
    whole = add(api, ada)
    assert (whole.status_code, whole.json["sha256"]) == (201, item["sha256"])
    assert api.delete(path, headers=ada.headers).status_code == 204
    assert changed.json["sha256"] not in stored(settings)


def test_a_change_says_what_is_wrong_with_it(api: FlaskClient, ada: Person) -> None:
    item = add(api, ada).json
    path = f"/api/voices/{item['id']}"

    def refused(sent: dict[str, Any]) -> tuple[int, str]:
        return problem(api.patch(path, json=sent, headers=ada.headers))

    assert refused({}) == (422, "VALIDATION_FAILED")
    assert refused({"start": 1, "end": 1.1}) == (422, "VALIDATION_FAILED")
    assert refused({"start": 5}) == (422, "FILE_VALIDATION_FAILED")
    assert api.get(path, headers=ada.headers).json["sha256"] == item["sha256"]
    picture = keep(ada)
    trimmed = api.patch(f"/api/images/{picture['id']}", json={"start": 1}, headers=ada.headers)
    assert problem(trimmed) == (422, "VALIDATION_FAILED")
    eve = sign_up(api, "eve@example.com")
    foreign = api.patch(path, json={"start": 1}, headers=eve.headers)
    assert problem(foreign) == (404, "VOICE_NOT_FOUND")
