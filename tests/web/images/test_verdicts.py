"""What a library keeps is judged as uploads are, and a start keeps to the verdict."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from tasks.domain.examination import Crop, ExaminedFace, Quality, Sound, Verdict, Warned
from tests.web.images.keeping import keep
from tests.web.images.test_images import add
from tests.web.images.test_ownership import problem, session_of, start
from tests.web.people import Person, sign_up
from tests.web.samples import picture
from tests.web.storage.test_retention import stored
from web.db.columns import now
from web.db.engine import reading, writing
from web.examinations import requests, subjects, verdicts
from web.images.models import LibraryItem
from web.services import current_services

FACE = ExaminedFace((10.0, 20.0, 90.0, 90.0), "", "", Quality(score=0.9, eyes=60.0, height=720))
TURNED = ExaminedFace((200.0, 20.0, 50.0, 50.0), "FACE_TURNED_AWAY", "Turn.", Quality(0.8, 50.0))


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


def of_faces(*faces: ExaminedFace, code: str = "", reason: str = "") -> Verdict:
    """A verdict with a crop of the first face, whose bytes are stored."""
    blob = current_services().artifacts.put_bytes(picture(270, 480, "JPEG"), "image/jpeg")
    return Verdict(
        code=code,
        reason=reason,
        width=320,
        height=300,
        chosen=None if code else 0,
        faces=faces,
        crops=(Crop(0, "9:16", blob, 270, 480, ("extended",)),) if faces else (),
        warnings=(Warned("FEW_PIXELS", "The face has few pixels for 1080p."),),
    )


def judged(item_id: str, verdict: Verdict) -> None:
    """Record what a worker reports."""
    with writing() as db:
        subjects.record(db, f"item:{item_id}", verdict)


def test_a_picture_shows_its_faces_and_the_crop_of_each(
    api: FlaskClient, ada: Person, settings: Settings
) -> None:
    kept = add(api, ada.headers).json
    assert (kept["examination"], kept["faces"]) == ({"state": "pending"}, [])
    judged(kept["id"], of_faces(FACE, TURNED))
    judged(kept["id"], of_faces(TURNED))  # too late: it has its verdict
    shown = api.get(f"/api/images/{kept['id']}", headers=ada.headers).json
    assert shown["examination"]["usable"]
    assert shown["examination"]["face_index"] == 0
    assert [one["code"] for one in shown["examination"]["warnings"]] == ["FEW_PIXELS"]
    assert [face["error_code"] for face in shown["faces"]] == [None, "FACE_TURNED_AWAY"]
    assert shown["faces"][0]["box"] == {"left": 10, "top": 20, "width": 90, "height": 90}
    assert api.get("/api/images", headers=ada.headers).json["images"][0]["faces"] == shown["faces"]
    (crop,) = shown["examination"]["crops"]
    assert (crop["aspect_ratio"], crop["notes"]) == ("9:16", ["extended"])
    for address in (crop["signed_url"], crop["url"]):
        headers = {} if "signature" in address else ada.headers
        sent = api.get(address, headers=headers)
        assert (sent.status_code, sent.content_type) == (200, "image/jpeg")
    eve = sign_up(api, "eve@example.com")
    assert problem(api.get(crop["url"], headers=eve.headers)) == (404, "IMAGE_NOT_FOUND")
    missing = crop["url"].replace("0-9x16", "9-9x16")
    assert problem(api.get(missing, headers=ada.headers)) == (404, "FILE_NOT_FOUND")
    before = stored(settings)
    api.delete(f"/api/images/{kept['id']}", headers=ada.headers)
    assert len(before - stored(settings)) == 3  # the picture, its thumbnail and its crop


def test_a_start_is_refused_with_what_the_verdict_says(api: FlaskClient, ada: Person) -> None:
    kept, voice = keep(ada), keep(ada, "voice")
    chosen = {"mode": "auto", "face_image_id": kept["id"]}
    judged(kept["id"], of_faces(FACE, TURNED, code="SEVERAL_FACES", reason="Several."))
    assert problem(start(api, ada.headers, **chosen)) == (422, "SEVERAL_FACES")
    turned = start(api, ada.headers, **chosen, face_index=1)
    assert problem(turned) == (422, "FACE_TURNED_AWAY")
    assert start(api, ada.headers, **chosen, face_index=0).status_code == 202
    assert start(api, ada.headers, **chosen | {"mode": "simulation"}).status_code == 202
    silent = Verdict("VOICE_REFUSED", "Silent.", sound=Sound(1.0, 0.0, -60.0, 0.0, 0.0))
    judged(voice["id"], silent)
    shown = api.get(f"/api/voices/{voice['id']}", headers=ada.headers).json
    assert shown["examination"]["error_code"] == "VOICE_REFUSED"
    assert shown["examination"]["sound"]["speech_seconds"] == 0
    refused = start(api, ada.headers, **chosen, face_index=0, voice_id=voice["id"])
    assert problem(refused) == (422, "VOICE_REFUSED")


def test_a_kept_upload_takes_its_verdict_along(api: FlaskClient, ada: Person) -> None:
    form = {"session_id": session_of(api, ada.headers), "file": (io.BytesIO(picture()), "a.png")}
    upload = api.post("/upload/face", data=form, headers=ada.headers).json["upload_id"]
    with writing() as db:
        subjects.record(db, f"upload:{upload}", of_faces(FACE))
    kept = api.post("/api/images", json={"upload_id": upload}, headers=ada.headers).json
    assert kept["examination"]["state"] == "done"
    (crop,) = kept["examination"]["crops"]
    api.delete(f"/api/uploads/{upload}", headers=ada.headers)
    assert api.get(crop["signed_url"]).status_code == 200


def test_what_no_worker_judges_is_unavailable_in_the_end(api: FlaskClient, ada: Person) -> None:
    kept = keep(ada)
    with writing() as db:
        db.get_one(LibraryItem, kept["id"]).created_at = now() - 2 * verdicts.LONGEST_WAIT
    requests.repeat(current_services())
    with reading() as db:
        assert db.get_one(LibraryItem, kept["id"]).verdict_state == verdicts.UNAVAILABLE
    assert start(api, ada.headers, mode="auto", face_image_id=kept["id"]).status_code == 202


def form(api: FlaskClient, headers: Any, **sent: Any) -> Any:
    wanted = {"user_id": "ada", "script": "Hello there."} | sent
    kind = "multipart/form-data"
    return api.post("/api/start-processing", headers=headers, data=wanted, content_type=kind)


def test_the_form_of_the_first_design_names_what_is_kept(api: FlaskClient, ada: Person) -> None:
    face, voice = keep(ada), keep(ada, "voice")
    mine = {"user_id": ada.user_id, "face_image_id": face["id"]}

    def options(**sent: Any) -> Any:
        answer = form(api, ada.headers, **mine, **sent)
        assert answer.status_code == 202, answer.text
        return api.get(answer.headers["Location"], headers=ada.headers).json["options"]

    assert options(face_index="1")["face_index"] == 1
    assert options(voice_id=voice["id"], use_audio_as_is="false")["match_voice"]
    as_is = options(voice_id=voice["id"], use_audio_as_is="true", script="")
    assert (as_is["use_audio_as_is"], as_is["match_voice"]) == (True, False)
    assert options(voice_id="af_heart")["voice"] == {"id": "af_heart"}
    both = form(api, ada.headers, **mine, face_image=(io.BytesIO(picture()), "a.png"))
    assert problem(both) == (422, "VALIDATION_FAILED")
    eve = sign_up(api, "eve@example.com")
    foreign = form(api, eve.headers, **mine | {"user_id": eve.user_id})
    assert problem(foreign) == (404, "IMAGE_NOT_FOUND")
    nothing = form(api, ada.headers, user_id=ada.user_id)
    assert problem(nothing) == (422, "VALIDATION_FAILED")
