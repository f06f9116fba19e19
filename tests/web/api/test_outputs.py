"""Listing and downloading the files of a session."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.caller import Caller, problem
from tests.web.samples import picture
from web.db.engine import writing
from web.jobs.models import Job
from web.services import current_services
from web.sessions.models import Output
from web.sessions.names import name_of

VIDEO = bytes(range(256)) * 20_000  # 5 MB: several chunks of the store


@pytest.fixture
def made(app: Flask, caller: Caller) -> str:
    """A session with a finished video; its id."""
    session_id = caller.ready_session()
    job_id = caller.start(session_id).json()["job_id"]
    put_output(session_id, job_id, "film.mp4", VIDEO)
    return session_id


def put_output(session_id: str, job_id: str, filename: str, data: bytes) -> None:
    blob = current_services().artifacts.put_bytes(data, "video/mp4")
    with writing() as db:
        db.get_one(Job, job_id)
        db.add(
            Output(
                session_id=name_of(session_id),
                job_id=job_id,
                filename=filename,
                kind="final_output",
                sha256=blob.sha256,
                bytes=blob.bytes,
                media_type=blob.media_type,
            )
        )


def test_the_list_has_uploads_and_results(caller: Caller, made: str) -> None:
    listing = caller.http.get(f"/outputs/{made}").json()
    assert listing["session_id"] == made
    video, face, preview = listing["outputs"]
    assert video["kind"] == "final_output"
    assert video["filename"] == "film.mp4"
    assert video["bytes"] == len(VIDEO)
    assert video["media_type"] == "video/mp4"
    assert video["job_id"]
    assert (face["kind"], face["job_id"]) == ("image", None)
    assert (preview["kind"], preview["job_id"]) == ("image", None)
    for file in (video, face, preview):
        assert len(caller.http.get(file["url"]).content) == file["bytes"]


def test_a_whole_file(caller: Caller, made: str) -> None:
    answer = caller.http.get(f"/download/{made}/film.mp4")
    assert answer.status_code == 200
    assert answer.content == VIDEO
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(VIDEO))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert 'filename="film.mp4"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=1048570-2097160", 1_048_570, 2_097_161),
        ("bytes=5119990-", 5_119_990, len(VIDEO)),
        ("bytes=-10", len(VIDEO) - 10, len(VIDEO)),
        ("bytes=5119999-9999999", 5_119_999, len(VIDEO)),
    ],
)
def test_a_range(caller: Caller, made: str, wanted: str, start: int, end: int) -> None:
    answer = caller.http.get(f"/download/{made}/film.mp4", headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.content == VIDEO[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(VIDEO)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("wanted", ["bytes=5120000-", "bytes=9999999-"])
def test_a_range_beyond_the_end(caller: Caller, made: str, wanted: str) -> None:
    answer = caller.http.get(f"/download/{made}/film.mp4", headers={"Range": wanted})
    problem(answer, 416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["content-range"] == f"bytes */{len(VIDEO)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "nonsense"])
def test_ranges_that_are_not_served_give_the_whole(caller: Caller, made: str, wanted: str) -> None:
    answer = caller.http.get(f"/download/{made}/film.mp4", headers={"Range": wanted})
    assert answer.status_code == 200
    assert len(answer.content) == len(VIDEO)


def test_matching_etag_is_not_modified(caller: Caller, made: str) -> None:
    url = f"/download/{made}/film.mp4"
    etag = caller.http.get(url).headers["etag"]
    again = caller.http.get(url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = caller.http.get(url, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_range_of_another_version_gives_the_whole(caller: Caller, made: str) -> None:
    url = f"/download/{made}/film.mp4"
    etag = caller.http.get(url).headers["etag"]
    same = caller.http.get(url, headers={"Range": "bytes=0-9", "If-Range": etag})
    other = caller.http.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_head_sends_headers_only(caller: Caller, made: str) -> None:
    answer = caller.http.head(f"/download/{made}/film.mp4")
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(VIDEO))


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("me.png", "me.png", "me.png"),
        ("Füße; 100%.png", "F__e; 100_.png", "F%C3%BC%C3%9Fe%3B%20100%25.png"),
        ('say "hi".png', "say _hi_.png", "say%20%22hi%22.png"),
        ("写真.png", "__.png", "%E5%86%99%E7%9C%9F.png"),
    ],
)
def test_names_survive(caller: Caller, name: str, plain: str, full: str) -> None:
    session_id = caller.session()
    uploaded = caller.face(session_id, picture(), name)
    assert uploaded.status_code == 201, uploaded.text
    disposition = caller.http.get(uploaded.json()["url"]).headers["content-disposition"]
    assert disposition == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


def test_two_sessions_do_not_see_each_other(app: Flask, caller: Caller, made: str) -> None:
    other = caller.ready_session()
    job_id = caller.start(other).json()["job_id"]
    put_output(other, job_id, "other.mp4", b"other")
    mine = {file["filename"] for file in caller.http.get(f"/outputs/{made}").json()["outputs"]}
    theirs = {file["filename"] for file in caller.http.get(f"/outputs/{other}").json()["outputs"]}
    assert not mine & theirs
    for filename in theirs:
        problem(caller.http.get(f"/download/{made}/{filename}"), 404, "FILE_NOT_FOUND")
    status = caller.http.get(f"/session/{made}/status").json()
    assert job_id not in {job["job_id"] for job in status["jobs"]}


@pytest.mark.parametrize(
    "name", ["..%2f..%2fcallsheet.db", "%2e%2e", "..%5cx", "film.mp4%00", "%0d%0aX: y", "x" * 300]
)
def test_guessed_names_find_nothing(caller: Caller, made: str, name: str) -> None:
    answer = caller.http.get(f"/download/{made}/{name}")
    assert answer.status_code == 404
    assert answer.json()["error_code"] in ("FILE_NOT_FOUND", "NOT_FOUND")


def test_missing_content_is_not_found(app: Flask, caller: Caller, made: str) -> None:
    [video, *_] = caller.http.get(f"/outputs/{made}").json()["outputs"]
    for blob in app.extensions["callsheet"].settings.path("store", "blobs").glob("*/*"):
        blob.unlink()
    problem(caller.http.get(video["url"]), 404, "FILE_NOT_FOUND")
