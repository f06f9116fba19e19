"""Pictures are moderated: what is unknown is never approved, and an operator has the last word."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tasks.domain.examination import Verdict
from tasks.domain.wire import Malformed
from tests.changed_settings import changed
from tests.services.rekognition import Rekognition, label, rekognition
from tests.web.conftest import as_operator
from tests.web.images.test_images import add
from tests.web.people import Person, sign_up
from tests.web.samples import picture
from web.db.columns import now
from web.db.engine import reading, writing
from web.examinations import requests, subjects
from web.images import moderation
from web.images import rekognition as service
from web.images.models import ImageReview
from web.services import current_services


@pytest.fixture
def policy() -> str:
    return "local"


@pytest.fixture
def settings(settings: Settings, policy: str) -> Settings:
    return changed(settings, moderation={"policy": policy})


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


@pytest.fixture
def operator(api: FlaskClient, settings: Settings) -> dict[str, str]:
    return as_operator(settings)


def state(api: FlaskClient, ada: Person, image_id: str) -> str:
    return str(api.get(f"/api/images/{image_id}", headers=ada.headers).json["moderation"])


def judged(image_id: str, **verdict: Any) -> None:
    """Record what a worker reports."""
    with writing() as db:
        subjects.record(db, f"image:{image_id}", Verdict(**verdict))


@pytest.mark.parametrize(
    ("score", "becomes"), [(0.05, "approved"), (0.5, "flagged"), (0.95, "rejected")]
)
def test_a_picture_is_pending_until_a_worker_has_judged_it(
    api: FlaskClient, ada: Person, score: float, becomes: str
) -> None:
    kept = add(api, ada.headers).json
    path = f"/api/images/{kept['id']}/public"
    assert kept["moderation"] == "pending"
    refused = api.post(path, headers=ada.headers)
    assert (refused.status_code, refused.json["error_code"]) == (409, "IMAGE_NOT_APPROVED")
    judged(kept["id"], score=score)
    assert state(api, ada, kept["id"]) == becomes
    published = api.post(path, headers=ada.headers).status_code
    assert published == (200 if becomes == "approved" else 409)


def test_what_no_worker_can_judge_waits_and_then_goes_to_an_operator(
    app: Flask, api: FlaskClient, ada: Person, operator: dict[str, str]
) -> None:
    kept = add(api, ada.headers).json
    with writing() as db:
        db.get_one(ImageReview, kept["id"]).due_at = now() - 2 * requests.RETRY_AFTER
    requests.repeat(current_services())  # no worker is there
    assert state(api, ada, kept["id"]) == "pending"
    with reading() as db:
        assert db.get_one(ImageReview, kept["id"]).tries == 0
    with writing() as db:
        db.get_one(ImageReview, kept["id"]).tries = moderation.MOST_TRIES
    requests.repeat(current_services())
    (waiting,) = api.get("/moderation", headers=operator).json["images"]
    assert (waiting["id"], waiting["moderation"]) == (kept["id"], "pending")


@pytest.mark.parametrize("wrong", [{}, {"score": 1.5}, {"score": -0.1}])
def test_a_verdict_that_makes_no_sense_is_refused(
    api: FlaskClient, ada: Person, wrong: dict[str, float]
) -> None:
    kept = add(api, ada.headers).json
    with pytest.raises(Malformed):
        judged(kept["id"], **wrong)
    assert state(api, ada, kept["id"]) == "pending"


def test_a_rejected_picture_starts_no_job_however_it_is_sent(api: FlaskClient, ada: Person) -> None:
    kept = add(api, ada.headers).json
    opened = api.post("/session/create", json={"user_id": ada.user_id}, headers=ada.headers)
    session = opened.json["session_id"]
    start = {"session_id": session, "script": "Hi.", "face_image_id": kept["id"]}
    assert api.post("/process/start", json=start, headers=ada.headers).status_code == 202
    judged(kept["id"], score=0.99)
    refused = api.post("/process/start", json=start, headers=ada.headers)
    assert (refused.status_code, refused.json["error_code"]) == (422, "IMAGE_REJECTED")
    form = {"session_id": session, "file": (io.BytesIO(picture()), "other.png")}
    assert api.post("/upload/face", data=form, headers=ada.headers).status_code == 201
    again = {"session_id": session, "script": "Hi."}
    refused = api.post("/process/start", json=again, headers=ada.headers)
    assert (refused.status_code, refused.json["error_code"]) == (422, "IMAGE_REJECTED")


def test_a_rejection_has_one_appeal_and_the_operator_decides(
    api: FlaskClient, ada: Person, operator: dict[str, str]
) -> None:
    kept = add(api, ada.headers).json
    path, sent = f"/api/images/{kept['id']}/appeal", {"text": "It is my passport photo."}
    early = api.post(path, json=sent, headers=ada.headers)
    assert (early.status_code, early.json["error_code"]) == (409, "IMAGE_NOT_REJECTED")
    judged(kept["id"], score=0.9)
    assert api.get("/moderation", headers=operator).json["images"] == []
    appealed = api.post(path, json=sent, headers=ada.headers).json
    assert appealed["moderation"] == "rejected"
    assert appealed["moderation_reason"]
    second = api.post(path, json=sent, headers=ada.headers)
    assert (second.status_code, second.json["error_code"]) == (409, "APPEAL_USED")
    (waiting,) = api.get("/moderation", headers=operator).json["images"]
    assert waiting["appeal"] == sent["text"]
    assert api.get(waiting["signed_thumbnail_url"]).status_code == 200
    decision = {"decision": "reject", "reason": "Still not allowed."}
    decided = api.post(f"/moderation/{kept['id']}", json=decision, headers=operator).json
    assert (decided["moderation"], decided["queued_at"]) == ("rejected", None)
    assert api.post(path, json=sent, headers=ada.headers).status_code == 409
    judged(kept["id"], score=0.01)  # too late: an operator has decided
    shown = api.get(f"/api/images/{kept['id']}", headers=ada.headers).json
    assert (shown["moderation"], shown["moderation_reason"]) == ("rejected", "Still not allowed.")


def test_a_public_picture_that_is_rejected_is_public_no_longer(
    api: FlaskClient, ada: Person, operator: dict[str, str]
) -> None:
    kept = add(api, ada.headers).json
    judged(kept["id"], score=0.0)
    url = api.post(f"/api/images/{kept['id']}/public", headers=ada.headers).json["public_url"]
    assert api.get(url).status_code == 200
    decision = {"decision": "reject"}
    assert api.post(
        f"/moderation/{kept['id']}", json=decision, headers=ada.headers
    ).status_code in (
        401,
        403,
    )
    api.post(f"/moderation/{kept['id']}", json=decision, headers=operator)
    assert api.get(url).status_code == 404


class TestRekognition:
    """The contract with Rekognition, against a local server of its wire format."""

    @pytest.fixture
    def policy(self) -> str:
        return "rekognition"

    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rekognition]:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }.items():
            monkeypatch.setenv(name, value)
        with rekognition() as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", server.url)
            yield server

    def test_labels_decide(self, server: Rekognition, api: FlaskClient, ada: Person) -> None:
        examiner = service.Rekognition(current_services())
        assert not examiner.turn()
        explicit = label("Exposed Buttocks", 95.0, "Explicit")
        for width, labels, becomes in (
            (300, [], "approved"),
            (310, [label("Alcohol", 99.0)], "approved"),
            (320, [label("Explicit", 70.0)], "flagged"),
            (330, [label("A New Category", 60.0)], "flagged"),
            (340, [label("Explicit", 95.0), explicit], "rejected"),
        ):
            server.labels = labels
            kept = add(api, ada.headers, picture(width)).json
            assert examiner.turn()
            assert state(api, ada, kept["id"]) == becomes, labels
            thumbnail = api.get(kept["thumbnail_url"], headers=ada.headers).data
            assert server.pictures[-1] == thumbnail
        assert server.wrong == []

    @pytest.mark.parametrize(
        "answer", [(503, "ServiceUnavailable"), (400, "AccessDeniedException")]
    )
    def test_without_an_answer_a_picture_stays_pending(
        self, server: Rekognition, api: FlaskClient, ada: Person, answer: tuple[int, str]
    ) -> None:
        server.fails_with = answer
        examiner = service.Rekognition(current_services())
        kept = add(api, ada.headers).json
        assert examiner.turn()
        assert not examiner.turn()  # not before its pause is over
        assert state(api, ada, kept["id"]) == "pending"
        server.fails_with = None
        with writing() as db:
            db.get_one(ImageReview, kept["id"]).due_at = now()
        assert examiner.turn()
        assert state(api, ada, kept["id"]) == "approved"
