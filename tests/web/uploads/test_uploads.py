"""Uploads over REST: what is taken, what is refused and in which words."""

from __future__ import annotations

import hashlib
import io
import socket
import struct
import wave
import zlib
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image, ImageChops

from config.settings import Settings
from tasks.domain.events import EventType
from tasks.messaging.event_bus import EventBus
from tests.services.redis_server import RedisServer
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from tests.web.samples import animation, encoded, picture, recording
from web.sessions.names import name_of


@pytest.mark.parametrize(
    ("name", "kind", "media_type"),
    [
        ("me.png", "PNG", "image/png"),
        ("me.JPG", "JPEG", "image/jpeg"),
        ("me.jpeg", "JPEG", "image/jpeg"),
        ("me.webp", "WEBP", "image/jpeg"),
    ],
)
def test_picture_is_accepted(caller: Caller, name: str, kind: str, media_type: str) -> None:
    session_id = caller.session()
    data = picture(kind=kind)
    answer = caller.face(session_id, data, name)
    assert answer.status_code == 201, answer.text
    uploaded = answer.json()
    assert uploaded["kind"] == "face"
    assert uploaded["media_type"] == media_type
    assert uploaded["original_name"] == name
    kept = caller.http.get(uploaded["url"]).content
    assert uploaded["bytes"] == len(kept)
    assert uploaded["sha256"] == hashlib.sha256(kept).hexdigest()
    with Image.open(io.BytesIO(kept)) as image, Image.open(io.BytesIO(data)) as sent:
        assert image.size == sent.size
        assert max(b for _, b in ImageChops.difference(image, sent.convert("RGB")).getextrema()) < 6
    shown = caller.http.get(uploaded["preview_url"])
    assert shown.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "ogg", "m4a"])
def test_recording_is_accepted(caller: Caller, extension: str) -> None:
    data = recording() if extension == "wav" else encoded(extension)
    answer = caller.voice(caller.session(), data, f"voice.{extension}")
    assert answer.status_code == 201, answer.text
    assert answer.json()["media_type"] == "audio/wav"
    with wave.open(io.BytesIO(caller.http.get(answer.json()["url"]).content)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        assert abs(sound.getnframes() / sound.getframerate() - 1.0) < 0.1
    shown = caller.http.get(answer.json()["preview_url"]).content
    with Image.open(io.BytesIO(shown)) as image:
        assert image.size == (512, 128)


def test_field_names_of_the_first_design_are_accepted(caller: Caller) -> None:
    form = {"session_id": caller.session()}
    face = caller.http.post("/upload/face", data=form, files={"face_image": ("a.png", picture())})
    voice = caller.http.post(
        "/upload/audio", data=form, files={"voice_audio": ("a.wav", recording())}
    )
    assert (face.status_code, voice.status_code) == (201, 201)


def forged(width: int, height: int) -> bytes:
    """A PNG that says in its header how large it is, and has nothing to show for it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("name", "data", "layer", "code"),
    [
        ("face", picture(), "extension", "EXTENSION_NOT_ALLOWED"),
        ("face.svg", picture(), "extension", "EXTENSION_NOT_ALLOWED"),
        ("face.gif", picture(kind="GIF"), "extension", "EXTENSION_NOT_ALLOWED"),
        ("face.png", b"", "size", "EMPTY"),
        ("face.png", b"<html></html>", "magic", "CONTENT_MISMATCH"),
        ("face.png", picture(kind="GIF"), "magic", "CONTENT_MISMATCH"),
        ("face.jpg", picture(), "magic", "CONTENT_MISMATCH"),
        ("face.jpg", picture(kind="JPEG")[:100], "structure", "UNREADABLE"),
        ("face.png", animation(), "structure", "ANIMATED"),
        ("face.png", picture(255, 300), "structure", "TOO_SMALL"),
        ("face.png", picture(300, 9000), "structure", "TOO_SMALL"),
        ("face.png", forged(9000, 9000), "structure", "TOO_MANY_PIXELS"),
        ("face.png", forged(60000, 60000), "structure", "TOO_MANY_PIXELS"),
        ("a/../../face.png", picture(), "name", "NAME_UNSAFE"),
        ("fa\u202ece.png", picture(), "name", "NAME_UNSAFE"),
        (f"{'x' * 300}.png", picture(), "name", "NAME_TOO_LONG"),
    ],
)
def test_a_picture_is_refused(
    caller: Caller, name: str, data: bytes, layer: str, code: str
) -> None:
    session_id = caller.session()
    refused = problem(caller.face(session_id, data, name), 422, "FILE_VALIDATION_FAILED")
    [error] = refused["errors"]
    assert (error["layer"], error["code"]) == (layer, code)
    assert refused["details"] == {"errors": refused["errors"]}
    assert refused["user_message"] == error["message"]
    assert caller.http.get(f"/outputs/{session_id}").json()["outputs"] == []


@pytest.mark.parametrize(
    ("name", "data", "layer"),
    [
        ("voice.png", picture(), "extension"),
        ("voice.wav", picture(), "magic"),
        ("voice.mp3", recording(), "magic"),
        ("voice.wav", b"#EXTM3U\nfile:///etc/passwd\n", "magic"),
    ],
)
def test_a_recording_is_refused(caller: Caller, name: str, data: bytes, layer: str) -> None:
    refused = problem(caller.voice(caller.session(), data, name), 422, "FILE_VALIDATION_FAILED")
    assert refused["errors"][0]["layer"] == layer


def test_too_large_upload_is_refused_while_reading(settings: Settings) -> None:
    small = replace(settings, face_max_mb=1)
    with serving(small) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        session_id = caller.session()
        for size in (1024**2 + 1, 8 * 1024**2):
            answer = caller.face(session_id, b"\x89PNG" + bytes(size))
            refused = problem(answer, 422, "FILE_VALIDATION_FAILED")
            assert refused["errors"][0]["code"] == "TOO_LARGE"
        assert list(small.path("temp").iterdir()) == []


def test_chunked_upload_is_limited_as_well(settings: Settings) -> None:
    small = replace(settings, face_max_mb=1)
    with serving(small) as address:
        host, port = urlsplit(address).hostname, urlsplit(address).port
        with socket.create_connection((host, port), timeout=20) as wire:
            wire.sendall(
                b"POST /upload/face HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n"
                b"Content-Type: multipart/form-data; boundary=xyz\r\n\r\n"
            )
            part = b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
            wire.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            block = b"10000\r\n" + bytes(0x10000) + b"\r\n"
            answer = b""
            try:
                for _ in range(64):  # 4 MB
                    wire.sendall(block)
                wire.sendall(b"0\r\n\r\n")
            except ConnectionError:
                pass  # it has hung up on us, which is as good
            else:
                answer = wire.recv(65536)
        assert not answer or b"422" in answer.split(b"\r\n", 1)[0]
        assert list(small.path("temp").iterdir()) == []


def test_missing_or_invalid_form_is_refused(caller: Caller) -> None:
    session_id = caller.session()
    url = "/upload/face"
    answer = caller.http.post(url, data={"session_id": session_id})
    problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    answer = caller.http.post(url, json={"session_id": session_id})
    problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    problem(caller.http.post(url, files={"file": ("a.png", picture())}), 422, "VALIDATION_FAILED")
    broken = {"Content-Type": "multipart/form-data"}
    problem(caller.http.post(url, content=b"--x\r\n", headers=broken), 400, "BAD_REQUEST")


def test_upload_event_is_published(caller: Caller, redis_server: RedisServer) -> None:
    session_id = caller.session()
    caller.face(session_id)
    [event] = EventBus(redis_server.client()).since(name_of(session_id), "0-0").events
    assert event.event_type is EventType.UPLOAD_SUCCESS
    assert event.details["kind"] == "face"


def test_upload_is_accepted_without_redis(caller: Caller, redis_server: RedisServer) -> None:
    session_id = caller.session()
    redis_server.kill()
    assert caller.face(session_id).status_code == 201


def test_no_temporary_files_are_left(caller: Caller, settings: Settings) -> None:
    caller.ready_session()
    assert list(settings.path("temp").iterdir()) == []
