"""Text and JSON at every address that takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.samples import picture

JSON = {"Content-Type": "application/json"}
BODIES = ["/session/create", "/process/start", "/process/estimate", "/cleanup", "/jobs/redrive"]
BODIES += ["/session/SESSION/consent/withdraw"]
SURROGATE, NUL, BELL = "\ud800", "\x00", "\x07"


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert body["error_code"] == code
    return body


@pytest.fixture(scope="module")
def session_id(standing: FlaskClient) -> str:
    return str(standing.post("/session/create", json={"user_id": "ada"}).get_json()["session_id"])


@pytest.mark.parametrize("character", [SURROGATE, NUL, BELL, "\x1b", "\x85", "\udfff"])
@pytest.mark.parametrize(
    "sent",
    [
        {"script": "Hello CHARACTER there."},
        {"topic": "Bees CHARACTER"},
        {"script": "Hello.", "tone": "CHARACTER"},
        {"script": "Hello.", "language": "enCHARACTER"},
        {"script": "Hello.", "engines": {"voice": "CHARACTER"}},
        {"script": "Hello.", "engines": {"CHARACTER": "piper"}},
        {"script": "Hello.", "consent": {"subject": "A CHARACTER", "statement": "I agree."}},
        {"script": "Hello.", "consent": {"face": {"subject": "A", "statement": "CHARACTER"}}},
        {"script": "Hello.", "session_id": "CHARACTER"},
        {"script": "Hello.", "CHARACTER": "x"},
    ],
    ids="-".join,
)
def test_start_with_forbidden_characters_is_refused(
    standing: FlaskClient, session_id: str, sent: dict[str, Any], character: str
) -> None:
    body = json.dumps({"session_id": session_id, **sent}).replace(
        "CHARACTER", json.dumps(character)[1:-1]
    )
    told = problem(
        standing.post("/process/start", data=body, headers=JSON), 422, "VALIDATION_FAILED"
    )
    assert told["errors"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/session/create", {"user_id": "a\x00"}),
        ("/process/estimate", {"script": "Hello \ud800."}),
        ("/cleanup", {"session_id": "\x00"}),
        ("/jobs/redrive", {"jobs": ["\ud800"]}),
        ("/jobs/redrive", {"code": "\x00"}),
        ("/session/SESSION/consent/withdraw", {"subject": "\x00"}),
    ],
)
def test_every_other_body_has_the_same_rule(
    standing: FlaskClient, session_id: str, path: str, sent: dict[str, Any]
) -> None:
    answer = standing.post(path.replace("SESSION", session_id), json=sent)
    told = problem(answer, 422, "VALIDATION_FAILED")
    assert "Remove the character U+" in told["errors"][0]["message"]


@pytest.mark.parametrize("name", ["user_id", "topic", "tone", "consent"])
def test_a_form_has_the_same_rule(standing: FlaskClient, name: str) -> None:
    form = {"user_id": "ada", name: "a\x00b", "face_image": (picture_file(), "me.png")}
    told = problem(standing.post("/api/start-processing", data=form), 422, "VALIDATION_FAILED")
    assert told["errors"][0]["field"] == name


def test_an_upload_has_the_same_rule(standing: FlaskClient) -> None:
    form = {"session_id": "a\x01", "file": (picture_file(), "me.png")}
    problem(standing.post("/upload/face", data=form), 422, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    "path", ["/session/a%00b/status", "/process/a%0Ab", "/outputs/%1b", "/download/a/%7f"]
)
def test_nothing_has_a_name_with_control_characters(standing: FlaskClient, path: str) -> None:
    problem(standing.get(path), 404, "NOT_FOUND")


def test_a_query_has_the_same_rule(standing: FlaskClient) -> None:
    problem(standing.get("/operations?hours=6&x=%00"), 422, "VALIDATION_FAILED")


def test_lines_are_kept(standing: FlaskClient, session_id: str) -> None:
    sent = {"session_id": session_id, "script": "One.\r\nTwo.\rThree.\tFour."}
    assert standing.post("/process/estimate", json=sent).status_code != 422


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"user_id":' * 40_000,
        b'{"seed": ' + b"9" * 5_000 + b"}",
        b'{"seed": NaN}',
        b'{"seed": 1e999}',
        b'{"user_id": "a", "user_id": "b"}',
        '{"user_id": "a"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"user_id": "a"}',
        b'{"user_id": "\xff"}',
        b"[]",
        b"null",
        b"\x00",
    ],
    ids=range(12),
)
def test_invalid_json_is_reported(
    standing: FlaskClient, session_id: str, path: str, body: bytes
) -> None:
    told = problem(
        standing.post(path.replace("SESSION", session_id), data=body, headers=JSON),
        400,
        "BAD_REQUEST",
    )
    assert "JSON" in told["user_message"]


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_does_not_say_it_is_json(
    standing: FlaskClient, session_id: str, path: str, media_type: str | None
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    told = problem(
        standing.post(
            path.replace("SESSION", session_id), data=b'{"user_id": "ada"}', headers=headers
        ),
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    assert "Send JSON" in told["user_message"]


@pytest.mark.parametrize("path", ["/upload/face", "/upload/audio", "/api/start-processing"])
def test_json_instead_of_a_form_is_refused(standing: FlaskClient, path: str) -> None:
    told = problem(standing.post(path, json={"user_id": "ada"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert "multipart/form-data" in told["user_message"]


def test_number_of_reported_errors_is_limited(standing: FlaskClient) -> None:
    sent = {f"{n}" * 1000: n for n in range(100)}
    answer = standing.post("/session/create", json=sent)
    told = problem(answer, 422, "VALIDATION_FAILED")
    assert len(told["errors"]) == 20
    assert len(answer.data) < 15_000


def picture_file() -> Any:
    import io

    return io.BytesIO(picture())
