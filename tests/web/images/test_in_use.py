"""What an open job is made from is not deleted under it, however a start and a deletion meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tasks.domain import wire
from tasks.domain.artifact import Blob
from tasks.domain.errors import CallsheetError, NoFace
from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions
from tests.web.conftest import close
from tests.web.images.keeping import keep, keep_for
from tests.web.images.test_ownership import start
from tests.web.people import Person, sign_up
from tests.web.storage.test_retention import stored
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.images.models import LibraryItem
from web.jobs import submission, transitions
from web.jobs.inputs import NamedUploads
from web.jobs.models import Job
from web.services import current_services
from web.sessions.models import Upload, UserSession
from web.storage import references
from web.uploads.candidate import Kind

OVERLAP_SECONDS = 0.3
"""How long the second transaction has to overtake the first one, which must not let it."""


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


def ended(job_id: str) -> None:
    with writing() as db:
        transitions.fail(db, db.get_one(Job, job_id), Failure.of_error(NoFace()), now())


def test_a_deletion_names_the_open_jobs_and_works_when_they_have_ended(
    api: FlaskClient, ada: Person, settings: Settings
) -> None:
    face, voice = keep(ada), keep(ada, "voice")
    path = f"/api/images/{face['id']}"
    both = {"face_image_id": face["id"], "voice_id": voice["id"]}
    jobs = [start(api, ada.headers, **both).json["job_id"] for _ in range(2)]
    for where, code in ((path, "IMAGE_IN_USE"), (f"/api/voices/{voice['id']}", "VOICE_IN_USE")):
        refused = api.delete(where, headers=ada.headers)
        assert (refused.status_code, refused.json["error_code"]) == (409, code)
        assert [error["job_id"] for error in refused.json["errors"]] == jobs
    ended(jobs[0])
    message = api.delete(path, headers=ada.headers).json["user_message"]
    assert message == (
        f"Job {jobs[1]} uses this picture. "
        "Delete it when the job has ended, or cancel the job first."
    )
    ended(jobs[1])
    assert api.delete(path, headers=ada.headers).status_code == 204
    assert face["sha256"] not in stored(settings)


@pytest.mark.parametrize("kind", ["face", "voice"])
def test_a_job_whose_picture_or_recording_was_deleted_is_not_retried(
    api: FlaskClient, ada: Person, kind: Kind
) -> None:
    kept = {"face": keep(ada), "voice": keep(ada, "voice")}
    both = {"face_image_id": kept["face"]["id"], "voice_id": kept["voice"]["id"]}
    job_id = start(api, ada.headers, **both).json["job_id"]
    ended(job_id)
    where = f"/api/{'images' if kind == 'face' else 'voices'}/{kept[kind]['id']}"
    assert api.delete(where, headers=ada.headers).status_code == 204
    refused = api.post(f"/process/{job_id}/retry", headers=ada.headers)
    assert (refused.status_code, refused.json["error_code"]) == (409, "JOB_FILES_DELETED")
    assert submission.redrive(current_services(), [job_id]) == []


def test_jobs_of_another_owner_with_the_same_bytes_block_nothing(
    api: FlaskClient, ada: Person
) -> None:
    mine = keep(ada)
    bob = sign_up(api, "bob@example.com")
    foreign = start(api, bob.headers, face_image_id=keep(bob)["id"]).json["job_id"]
    with writing() as db:
        db.get_one(Job, foreign).inputs = {"face": {"sha256": mine["sha256"], "bytes": 500}}
    assert api.delete(f"/api/images/{mine['id']}", headers=ada.headers).status_code == 204


@pytest.fixture
def either_app(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    with app.app_context():
        yield app
    close(app)


class Race:
    """Two requests on one item: the second begins within the transaction of the first."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.second: threading.Thread | None = None
        self.outcomes: dict[str, str] = {}

    def run(self, name: str, act: Callable[[], object]) -> None:
        with self.app.app_context():
            try:
                act()
                self.outcomes[name] = "done"
            except CallsheetError as refused:
                self.outcomes[name] = refused.code

    def begin_second(self, name: str, act: Callable[[], object]) -> None:
        self.second = threading.Thread(target=self.run, args=(name, act))
        self.second.start()
        self.second.join(OVERLAP_SECONDS)  # without a lock it is through by now

    def result(self) -> dict[str, str]:
        assert self.second is not None
        self.second.join(20)
        return self.outcomes


OWNER = "visitor:ada"
SESSION = "session-of-ada"


def someone() -> dict[str, Any]:
    """Open a session of an owner who keeps a picture, and return the picture."""
    with writing() as db:
        db.add(UserSession(id=SESSION, user_id="ada", owner=OWNER))
    return keep_for(OWNER, "face")


def started(uploads: NamedUploads, with_job: Any = None) -> None:
    submission.start(
        current_services(),
        SESSION,
        JobOptions(script="Hello there."),
        uploads=uploads,
        with_job=with_job,
    )


def as_upload(item: dict[str, Any]) -> str:
    """Move a kept picture into the session, as an upload."""
    same = {name: item[name] for name in ("sha256", "bytes", "media_type")}
    with writing() as db:
        db.query(LibraryItem).delete()
        upload = Upload(session_id=SESSION, kind="face", filename="me.png", owner=OWNER, **same)
        db.add(upload)
        db.flush()
        return upload.id


def bytes_of_the_job() -> bytes:
    """Read the picture of the only job."""
    with reading() as db:
        face = wire.build(Blob, db.query(Job).one().inputs["face"])
    return b"".join(current_services().artifacts.read(face))


def test_a_deletion_waits_for_a_start_and_is_refused(either_app: Flask) -> None:
    item, race = someone(), Race(either_app)
    uploads = NamedUploads(kept_face=item["id"], owner=OWNER)

    def remove() -> None:
        references.drop_item(current_services(), "face", item["id"])

    def meanwhile(*_: object) -> None:
        race.begin_second("deletion", remove)

    race.run("start", lambda: started(uploads, meanwhile))
    assert race.result() == {"start": "done", "deletion": "IMAGE_IN_USE"}
    assert bytes_of_the_job()


def test_a_start_waits_for_a_deletion_and_finds_nothing(
    either_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, race = someone(), Race(either_app)
    uploads = NamedUploads(kept_face=item["id"], owner=OWNER)
    delete_bytes = references.delete_unreferenced

    def paused(*arguments: Any) -> int:
        freed = delete_bytes(*arguments)
        race.begin_second("start", lambda: started(uploads))
        return freed

    monkeypatch.setattr(references, "delete_unreferenced", paused)
    race.run("deletion", lambda: references.drop_item(current_services(), "face", item["id"]))
    assert race.result() == {"deletion": "done", "start": "IMAGE_NOT_FOUND"}
    with reading() as db:
        assert db.query(Job).count() == 0


def test_the_deletion_of_an_upload_waits_for_a_start_and_keeps_its_bytes(
    either_app: Flask,
) -> None:
    item, race = someone(), Race(either_app)
    upload_id = as_upload(item)

    def remove() -> None:
        references.drop_upload(current_services(), upload_id)

    def meanwhile(*_: object) -> None:
        race.begin_second("deletion", remove)

    race.run("start", lambda: started(NamedUploads(upload_id), meanwhile))
    assert race.result() == {"start": "done", "deletion": "done"}
    assert bytes_of_the_job()
