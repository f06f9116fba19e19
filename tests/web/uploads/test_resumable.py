"""tus 1.0: the real client, broken connections, wrong checksums, other people's uploads."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import socket
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from config.settings import Settings
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from tests.web.samples import picture, recording
from web.uploads.partial import MOST_AT_ONCE

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


def uploader(address: str, session_id: str, data: bytes, name: str = "me.wav", **more: Any) -> Any:
    """The real client; it leaves files that it opens itself open."""
    kind = "voice" if name.endswith("wav") else "face"
    told = {"session_id": session_id, "kind": kind, "filename": name}
    more = {"chunk_size": 8192, "upload_checksum": True, **more}
    client = TusClient(f"{address}/uploads")
    return client.uploader(file_stream=io.BytesIO(data), metadata=told, **more)


def metadata(**told: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())


def begun(caller: Caller, session_id: str, length: int, **told: str) -> httpx.Response:
    said = {"session_id": session_id, "kind": "voice", "filename": "me.wav", **told}
    headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": metadata(**said)}
    return caller.http.post("/uploads", headers=headers)


def piece(caller: Caller, url: str, offset: int, data: bytes, **more: str) -> httpx.Response:
    headers = PIECE | {"Upload-Offset": str(offset), **more}
    return caller.http.patch(url, content=data, headers=headers)


def test_the_real_client_sends_a_recording_and_a_picture(
    caller: Caller, server: str, settings: Settings
) -> None:
    session_id = caller.session()
    for data, name in ((recording(), "me.wav"), (picture(), "me.png")):
        upload = uploader(server, session_id, data, name)
        upload.upload()
        report = caller.http.get(upload.url).json()
        assert report["offset"] == report["length"] == len(data)
        assert upload.get_offset() == len(data)
    uploads = caller.http.get(f"/session/{session_id}/status").json()["uploads"]
    assert [upload["kind"] for upload in uploads] == ["face", "voice"]
    assert report["upload_id"] == uploads[0]["upload_id"]
    assert caller.start(session_id, match_voice=True).status_code == 202
    assert not list(settings.path("temp").glob("resume-*/data"))


def test_upload_resumes_after_disconnect_on_another_server(settings: Settings) -> None:
    data = recording()
    with serving(settings) as address, httpx.Client(base_url=address) as http:
        session_id = Caller(http).session()
        first = uploader(address, session_id, data)
        first.upload(stop_at=16384)
        place = urlsplit(first.url)
        with socket.create_connection((place.hostname, place.port)) as wire:
            wire.sendall(
                f"PATCH {place.path} HTTP/1.1\r\nHost: here\r\nTus-Resumable: 1.0.0\r\n"
                "Content-Type: application/offset+octet-stream\r\n"
                f"Upload-Offset: 16384\r\nContent-Length: {len(data) - 16384}\r\n\r\n".encode()
            )
            wire.sendall(data[16384:20000])  # and it is gone

        def arrived() -> bool:
            return http.head(first.url).headers["upload-offset"] == "20000"

        until(arrived, "what had come was kept")
    with serving(settings) as address:
        second = uploader(address, session_id, data, url=f"{address}{place.path}")
        assert second.offset == 20000
        second.upload()
        assert httpx.get(f"{address}{place.path}").json()["upload_id"]


def test_piece_with_wrong_checksum_is_discarded(caller: Caller) -> None:
    data = recording()
    url = begun(caller, caller.session(), len(data)).headers["location"]
    wrong = base64.b64encode(hashlib.sha1(b"else").digest()).decode()
    for algorithm in ("sha1", "sha256"):
        refused = piece(caller, url, 0, data[:1000], **{"Upload-Checksum": f"{algorithm} {wrong}"})
        told = problem(refused, 460, "CHECKSUM_MISMATCH")
        assert told["title"] == "Checksum Mismatch"
        assert caller.http.head(url).headers["upload-offset"] == "0"
    for nonsense in ("crc7 AAAA", "sha1", "sha1 %%%"):
        refused = piece(caller, url, 0, b"x", **{"Upload-Checksum": nonsense})
        problem(refused, 400, "BAD_REQUEST")
    right = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert piece(caller, url, 0, data, **{"Upload-Checksum": f"sha256 {right}"}).status_code == 204


def test_only_the_next_piece_up_to_the_declared_length_is_accepted(caller: Caller) -> None:
    data = recording()
    url = begun(caller, caller.session(), len(data)).headers["location"]
    assert piece(caller, url, 0, data[:100]).headers["upload-offset"] == "100"
    refused = piece(caller, url, 50, data[50:])
    problem(refused, 409, "UPLOAD_OFFSET_MISMATCH")
    assert refused.headers["upload-offset"] == "100"
    problem(piece(caller, url, 100, data[100:] + b"more"), 413, "REQUEST_TOO_LARGE")
    assert caller.http.head(url).headers["upload-offset"] == "100"
    problem(caller.http.patch(url, headers=PIECE), 422, "VALIDATION_FAILED")
    assert piece(caller, url, 100, data[100:]).status_code == 204
    assert piece(caller, url, len(data), b"").status_code == 204  # it may ask once more


def test_resumable_upload_passes_the_same_layers(
    caller: Caller, operator: httpx.Client, server: str
) -> None:
    session_id = caller.session()
    hostile = uploader(server, session_id, b"<?php evil(); ?>" * 99, "me.png")
    with pytest.raises(TusUploadFailed) as refused:
        hostile.upload()
    assert refused.value.status_code == 422
    assert b"CONTENT_MISMATCH" in refused.value.response_content
    problem(caller.http.get(hostile.url), 404, "FILE_NOT_FOUND")
    assert operator.get("/quarantine").json()["files"][0]["name"] == "me.png"
    for told, code in (
        ({"filename": "a.exe"}, "EXTENSION_NOT_ALLOWED"),
        ({"filename": "../a.wav"}, "NAME_UNSAFE"),
    ):
        early = problem(begun(caller, session_id, 5, **told), 422, "FILE_VALIDATION_FAILED")
        assert early["errors"][0]["code"] == code


def test_creation_is_validated_before_any_bytes_arrive(settings: Settings) -> None:
    poor = replace(settings, session_quota_mb=2, voice_max_mb=1)
    with serving(poor) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        session_id = caller.session()
        problem(begun(caller, session_id, 1024**2 + 1), 413, "REQUEST_TOO_LARGE")
        problem(begun(caller, "0" * 32, 100), 404, "SESSION_NOT_FOUND")
        problem(begun(caller, session_id, 100, kind="film"), 422, "VALIDATION_FAILED")
        problem(begun(caller, session_id, 0), 422, "VALIDATION_FAILED")
        problem(http.post("/uploads", headers=TUS), 422, "VALIDATION_FAILED")
        for text in ("a b", "session_id ////=", "x" * 5000):
            headers = TUS | {"Upload-Length": "5", "Upload-Metadata": text}
            problem(http.post("/uploads", headers=headers), 422, "VALIDATION_FAILED")
        # Two that are on their way fill the quota of 2 MB; a third would go past it.
        urls = [begun(caller, session_id, 1024**2).headers["location"] for _ in range(2)]
        problem(begun(caller, session_id, 1), 413, "QUOTA_EXCEEDED")
        assert http.delete(urls[0], headers=TUS).status_code == 204
        problem(http.head(urls[0]) and http.get(urls[0]), 404, "FILE_NOT_FOUND")
        waiting = [begun(caller, session_id, 1) for _ in range(MOST_AT_ONCE)]
        assert [answer.status_code for answer in waiting] == [201] * (MOST_AT_ONCE - 1) + [429]


def test_upload_of_another_session_is_not_found(caller: Caller, operator: httpx.Client) -> None:
    mine, other = caller.session(), caller.session()
    url = begun(caller, mine, 100).headers["location"]
    upload_id = url.rpartition("/")[2]
    for guess, code in (
        (f"/uploads/{other}/{upload_id}", "FILE_NOT_FOUND"),
        (f"/uploads/{mine}/{'0' * 32}", "FILE_NOT_FOUND"),
        ("/uploads/a/b", "SESSION_NOT_FOUND"),
    ):
        problem(caller.http.get(guess), 404, code)
        problem(piece(caller, guess, 0, b"x"), 404, code)
        problem(caller.http.delete(guess, headers=TUS), 404, code)
    assert caller.http.get(url).json()["offset"] == 0
    operator.post(f"/session/{mine}/end")
    problem(piece(caller, url, 0, b"x"), 410, "SESSION_EXPIRED")


def test_abandoned_upload_expires(caller: Caller, settings: Settings) -> None:
    session_id = caller.session()
    answer = begun(caller, session_id, 100)
    assert answer.headers["upload-expires"].endswith("GMT")
    [place] = settings.path("temp").glob("resume-*")
    hours_ago = time.time() - 3600 * settings.temp_hours - 1
    os.utime(place, (hours_ago, hours_ago))
    problem(piece(caller, answer.headers["location"], 0, b"x"), 410, "UPLOAD_EXPIRED")
    assert not place.exists()


def test_options_lists_extensions_and_version(caller: Caller, server: str) -> None:
    said = caller.http.options("/uploads").headers
    assert said["tus-version"] == said["tus-resumable"] == "1.0.0"
    assert set(said["tus-extension"].split(",")) == {
        *("creation", "expiration", "checksum", "termination"),
    }
    assert said["tus-max-size"] == str(50 * 1024**2)
    assert said["tus-checksum-algorithm"] == "sha1,sha256"
    for headers in ({}, {"Tus-Resumable": "0.2.2"}):
        refused = caller.http.post("/uploads", headers=headers)
        problem(refused, 412, "TUS_VERSION_UNSUPPORTED")
        assert refused.headers["tus-version"] == "1.0.0"
    url = begun(caller, caller.session(), 100).headers["location"]
    plain = caller.http.patch(url, content=b"x", headers=TUS | {"Upload-Offset": "0"})
    problem(plain, 415, "UNSUPPORTED_MEDIA_TYPE")
    override = PIECE | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert caller.http.post(url, content=b"x", headers=override).status_code == 204
    gone = caller.http.post(url, headers=TUS | {"X-HTTP-Method-Override": "DELETE"})
    assert gone.status_code == 204
    problem(caller.http.post(url, headers=TUS), 405, "METHOD_NOT_ALLOWED")
    with pytest.raises(TusCommunicationError):
        uploader(server, "0" * 32, b"x").upload()


def test_concurrent_pieces_do_not_mix(caller: Caller, server: str) -> None:
    url = begun(caller, caller.session(), 1000).headers["location"]
    place = urlsplit(server)

    def refused() -> httpx.Response | None:
        """Return the answer to the second of both requests; either may be the second."""
        with socket.create_connection((place.hostname, place.port)) as wire:
            wire.sendall(
                f"PATCH {url} HTTP/1.1\r\nHost: here\r\nTus-Resumable: 1.0.0\r\n"
                "Content-Type: application/offset+octet-stream\r\n"
                "Upload-Offset: 0\r\nContent-Length: 500\r\n\r\n".encode()
            )
            answer = piece(caller, url, 0, b"")
            return answer if answer.status_code == 423 else None

    locked = until(refused, "locked")
    problem(locked, 423, "UPLOAD_LOCKED")
    assert locked.headers["retry-after"]
