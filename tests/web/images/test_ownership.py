"""What is kept belongs to its owner: with the account, for its retention, and for its links."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tasks.domain.errors import NoFace
from tasks.domain.failure import Failure
from tests.web.access.test_ownership import PAGE
from tests.web.images.keeping import keep, keep_for_visitor
from tests.web.images.test_images import add
from tests.web.people import PASSWORD, Person, sign_up
from tests.web.samples import picture
from tests.web.storage.test_retention import stored
from web.control import maintenance
from web.db.columns import now
from web.db.engine import reading, writing
from web.images.models import LibraryItem
from web.jobs import transitions
from web.jobs.models import Job
from web.services import current_services
from web.sessions import links
from web.storage import references
from web.storage.cleanup import Cleanup


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


@pytest.fixture
def bob(api: FlaskClient) -> Person:
    return sign_up(api, "bob@example.com", verified=True)


def session_of(api: FlaskClient, headers: Any) -> str:
    opened = api.post("/session/create", json={"user_id": "ada"}, headers=headers)
    return str(opened.json["session_id"])


def start(api: FlaskClient, headers: Any, **options: Any) -> Any:
    wanted = {"session_id": session_of(api, headers), "script": "Hello there."} | options
    wanted = {name: value for name, value in wanted.items() if value is not None}
    return api.post("/process/start", json=wanted, headers=headers)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error_code"]


def test_an_account_takes_its_library_with_it(
    api: FlaskClient, ada: Person, bob: Person, settings: Settings
) -> None:
    face, voice, other = keep(ada), keep(ada, "voice"), keep(bob)
    public = api.post(f"/api/images/{face['id']}/public", headers=ada.headers).json["public_url"]
    exported = api.get("/api/auth/me/export", headers=ada.headers).json
    assert [item["id"] for item in exported["images"]] == [face["id"]]
    assert [item["id"] for item in exported["voices"]] == [voice["id"]]
    for item in (*exported["images"], *exported["voices"]):
        assert api.get(item["signed_url"]).status_code == 200
        assert api.get(item["signed_thumbnail_url"]).status_code == 200
    confirmed = {"current_password": PASSWORD}
    assert api.delete("/api/auth/me", json=confirmed, headers=ada.headers).status_code == 204
    assert problem(api.get(public)) == (404, "IMAGE_NOT_FOUND")
    for item in (face, voice):
        assert api.get(item["signed_url"]).status_code == 401
        assert item["sha256"] not in stored(settings)
    with reading() as db:
        assert [item.id for item in db.query(LibraryItem)] == [other["id"]]
    assert api.get(other["signed_url"]).status_code == 200


def test_a_visitor_who_signs_up_takes_the_library_along(api: FlaskClient) -> None:
    session_of(api, PAGE)  # the browser gets its cookie
    face, voice = keep_for_visitor(), keep_for_visitor("voice")
    link = api.post(f"/api/images/{face['id']}/link", headers=PAGE).json["url"]
    assert api.get(link).status_code == 200
    sent = {"email": "eve@example.com", "password": PASSWORD}
    registered = api.post("/api/auth/register", json=sent, headers=PAGE)
    assert registered.status_code == 201, registered.text
    token = api.post("/api/auth/login", json=sent, headers=PAGE).json["access_token"]
    eve = {"Authorization": f"Bearer {token}"}
    assert api.get("/api/images", headers=eve).json["images"][0]["id"] == face["id"]
    assert api.get("/api/images", headers=PAGE).json["images"] == []
    with reading() as db:
        (owner,) = {item.owner for item in db.query(LibraryItem)}
    assert owner.startswith("user:")
    # A link is bound to the owner who made it.
    assert problem(api.get(link)) == (401, "LINK_INVALID")
    fresh = api.get("/api/voices", headers=eve).json["voices"][0]
    assert fresh["id"] == voice["id"]
    assert api.get(fresh["signed_url"]).status_code == 200


def test_a_link_of_another_owner_opens_nothing(
    app: Flask, api: FlaskClient, ada: Person, bob: Person
) -> None:
    kept = keep(ada)
    path = f"/api/images/{kept['id']}/content"
    with app.test_request_context():
        for owner, opens in ((f"user:{bob.user_id}", 401), (f"user:{ada.user_id}", 200)):
            link = links.signed_until(path, owner, int(time.time()) + 60)
            assert app.test_client().get(link).status_code == opens
            assert app.test_client().delete(link).status_code in (401, 405)
    assert problem(api.get(path, headers=bob.headers)) == (404, "IMAGE_NOT_FOUND")


def test_a_visitors_unused_files_are_deleted_and_a_users_stay(
    app: Flask, api: FlaskClient, ada: Person, settings: Settings
) -> None:
    visitor = app.test_client()
    session_of(visitor, PAGE)
    lasting, unused, used = keep(ada), keep_for_visitor(), keep_for_visitor()
    with writing() as db:
        for item in db.query(LibraryItem):
            item.used_at = now() - timedelta(days=settings.keep_days + 1)
    assert start(visitor, PAGE, face_image_id=used["id"]).status_code == 202
    maintenance.forget(current_services())
    Cleanup(current_services()).force_cleanup()
    Cleanup(current_services()).emergency_cleanup()
    with reading() as db:
        assert {item.id for item in db.query(LibraryItem)} == {lasting["id"], used["id"]}
    assert unused["sha256"] not in stored(settings)
    assert {lasting["sha256"], used["sha256"]} <= stored(settings)


def test_a_job_keeps_the_files_that_leave_the_library(
    api: FlaskClient, ada: Person, settings: Settings
) -> None:
    face, voice = keep(ada), keep(ada, "voice")
    answer = start(api, ada.headers, face_image_id=face["id"], voice_id=voice["id"])
    assert answer.status_code == 202, answer.text
    references.drop_items(current_services(), LibraryItem.id.in_((face["id"], voice["id"])))
    for item in (face, voice):
        assert api.get(item["signed_url"]).status_code == 401
    assert {face["sha256"], voice["sha256"]} <= stored(settings)
    Cleanup(current_services()).emergency_cleanup()
    assert {face["sha256"], voice["sha256"]} <= stored(settings)
    with writing() as db:
        job = db.get_one(Job, answer.json["job_id"])
        transitions.fail(db, job, Failure.of_error(NoFace()), now())
    references.drop_job(current_services(), answer.json["job_id"])
    assert not {face["sha256"], voice["sha256"]} & stored(settings)


def test_a_start_names_a_voice_of_the_library(api: FlaskClient, ada: Person, bob: Person) -> None:
    face, voice, foreign = keep(ada), keep(ada, "voice"), keep(bob, "voice")

    def chosen(**options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = start(api, ada.headers, face_image_id=face["id"], **options)
        assert answer.status_code == 202, answer.text
        with reading() as db:
            job = db.get_one(Job, answer.json["job_id"])
            return job.inputs, job.options

    inputs, options = chosen(voice_id=voice["id"])
    assert inputs["voice"]["sha256"] == voice["sha256"]
    assert options["match_voice"]
    inputs, options = chosen(voice_id=voice["id"], match_voice=False)
    assert not options["match_voice"]
    inputs, options = chosen(voice_id=voice["id"], use_audio_as_is=True, script=None)
    assert (options["use_audio_as_is"], options["match_voice"]) == (True, False)
    inputs, options = chosen(voice_id="af_heart")
    assert (options["voice"], inputs.keys()) == ({"id": "af_heart"}, {"face"})
    for named in (foreign["id"], f"voi_{'0' * 32}", face["id"].replace("img_", "voi_")):
        refused = start(api, ada.headers, face_image_id=face["id"], voice_id=named)
        assert problem(refused) == (404, "VOICE_NOT_FOUND"), named
    both = start(api, ada.headers, face_image_id=face["id"], voice_id="af_heart", voice={"id": "x"})
    assert problem(both) == (422, "VALIDATION_FAILED")


def test_equal_bytes_of_two_owners_are_two_libraries(
    api: FlaskClient, ada: Person, bob: Person, settings: Settings
) -> None:
    first, second = (add(api, person.headers) for person in (ada, bob))
    alone = add(api, bob.headers, picture(330, 310))
    assert (first.status_code, second.status_code, alone.status_code) == (201, 201, 201)
    # Neither a member nor a header of the answer differs but those that name the item itself.
    assert second.json.keys() == alone.json.keys()
    assert set(second.headers.keys()) == set(alone.headers.keys())
    assert first.json["sha256"] == second.json["sha256"]
    path = f"/api/images/{first.json['id']}"
    for method in ("GET", "PATCH", "DELETE"):
        sent = {"name": "Mine"} if method == "PATCH" else None
        refused = api.open(path, method=method, headers=bob.headers, json=sent)
        assert problem(refused) == (404, "IMAGE_NOT_FOUND")
    assert api.delete(path, headers=ada.headers).status_code == 204
    assert first.json["sha256"] in stored(settings)
    assert api.get(second.json["content_url"], headers=bob.headers).status_code == 200
    api.delete(f"/api/images/{second.json['id']}", headers=bob.headers)
    assert first.json["sha256"] not in stored(settings)


@pytest.mark.slow
def test_the_time_of_an_answer_does_not_tell_that_another_owner_has_the_file(
    api: FlaskClient, ada: Person, bob: Person
) -> None:
    known = [picture(300 + 2 * number, 400) for number in range(12)]
    unknown = [picture(301 + 2 * number, 400) for number in range(12)]
    for data in known:
        assert add(api, ada.headers, data).status_code == 201
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for pair in zip(known, unknown, strict=True):
        for name, data in zip(took, pair, strict=True):
            began = time.perf_counter()
            assert add(api, bob.headers, data).status_code == 201
            took[name].append(time.perf_counter() - began)
    one, other = (statistics.median(seconds) for seconds in took.values())
    print(f"known elsewhere {1000 * one:.1f} ms, unknown {1000 * other:.1f} ms")
    assert 0.7 < one / other < 1.4
