"""The Python client against an API server that limits how often it may ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from callsheet_client import (
    ApiError,
    Client,
    ConnectionFailed,
    WebhookInvalid,
    verify_webhook,
)
from callsheet_client._formats import usual_name
from callsheet_client._sync import client as sync_client
from callsheet_client._sync import upload

from tasks.messaging import keys
from tests.clients.conftest import Api
from tests.deployment import small_picture
from tests.faults.proxy import Proxy
from tests.web.samples import encoded, picture, recording
from web.webhooks import signing


@pytest.fixture
def client(api: Api) -> Iterator[Client]:
    with Client(api.address, retries=2) as opened:
        yield opened


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, api: Api) -> list[float]:
    """The seconds that the client has waited; after them, every count of requests is over."""
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        for key in api.redis.scan_iter(f"*{keys.RATES}*"):
            api.redis.delete(key)

    monkeypatch.setattr(sync_client, "time", SimpleNamespace(sleep=sleep))
    return waited


def test_a_wrong_key_is_an_error_with_a_code_and_a_sentence(api: Api) -> None:
    with Client(api.address, api_key="wrong") as client, pytest.raises(ApiError) as refused:
        client.open_session()
    assert refused.value.status == 401
    assert refused.value.error_code == "API_KEY_UNKNOWN"
    assert str(refused.value) == refused.value.user_message == "Invalid API key."
    assert refused.value.request_id


def test_a_mistake_is_not_sent_again(client: Client, waits: list[float]) -> None:
    with pytest.raises(ApiError) as refused:
        client.open_session().start(script="Hello.", height=241)
    assert refused.value.error_code == "VALIDATION_FAILED"
    assert waits == []


def test_too_many_requests_are_repeated_after_what_the_server_says(
    client: Client, waits: list[float]
) -> None:
    for _ in range(25):  # 20 a minute
        client.open_session()
    assert len(waits) == 1
    assert 1 <= waits[0] <= 60


def test_a_server_that_is_full_is_asked_again_after_what_it_says(
    full_after_one: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    with Client(full_after_one.address) as client:
        first = client.open_session()
        first.upload_face(small_picture())  # from now on it counts

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            first.close()

        monkeypatch.setattr(sync_client, "time", SimpleNamespace(sleep=sleep))
        second = client.open_session()
        assert second.id != first.id
        assert len(waited) == 1
        assert 1 <= waited[0] <= 60
        second.upload_face(small_picture())
        impatient = Client(full_after_one.address, longest_wait=0.5)
        with impatient, pytest.raises(ApiError) as refused:
            impatient.open_session()
    assert (refused.value.status, refused.value.error_code) == (503, "SESSION_LIMIT")
    assert refused.value.retry_after == waited[0]


def test_a_longer_wait_than_allowed_is_an_error(api: Api, waits: list[float]) -> None:
    def open_many(client: Client) -> None:
        for _ in range(25):
            client.open_session()

    with Client(api.address, longest_wait=0.5) as client, pytest.raises(ApiError) as refused:
        open_many(client)
    assert refused.value.error_code == "TOO_MANY_REQUESTS"
    assert refused.value.retry_after is not None
    assert waits == []
    sync_client.time.sleep(0)  # forgets the count: the next test counts from the beginning


def test_a_server_that_is_away_is_a_failed_connection(waits: list[float]) -> None:
    with Client("http://127.0.0.1:9", retries=2) as client, pytest.raises(ConnectionFailed):
        client.open_session()
    assert len(waits) == 2


def test_an_upload_goes_on_where_it_was_cut(
    api: Api, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    monkeypatch.setattr(upload, "PIECE", 300)
    picture, seen = small_picture(), []
    with (
        Proxy(urlsplit(api.address).port or 0) as proxy,
        Client(f"http://127.0.0.1:{proxy.port}") as client,
    ):
        session = client.open_session()

        def on_progress(done: int, everything: int) -> None:
            seen.append(done)
            assert everything == len(picture)
            if len(seen) == 2:
                proxy.reset()

        upload_id = session.upload_face(picture, on_progress=on_progress)
        assert session.status()["uploads"][0]["upload_id"] == upload_id
    assert seen[0] == 0
    assert seen[-1] == len(picture)
    assert seen == sorted(seen)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_bytes_of_a_picture_are_named_by_what_they_are(client: Client, kind: str) -> None:
    session = client.open_session()
    session.upload_face(picture(320, 300, kind))
    assert session.status()["uploads"][0]["kind"] == "face"


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "ogg", "m4a"])
def test_bytes_of_a_recording_are_named_by_what_they_are(client: Client, extension: str) -> None:
    session = client.open_session()
    session.upload_voice(recording() if extension == "wav" else encoded(extension))
    assert session.status()["uploads"][0]["kind"] == "voice"


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\xfb\x90\x00", "voice.mp3"),
        (b"\x1aE\xdf\xa3\x01", "voice.webm"),
        (b"\0\0\0\x18ftypheic", "voice.heic"),
        (b"\0\0\0\x18ftypisom", "voice.mp4"),
        (b"RIFF\0\0\0\0AVI ", "voice.wav"),
        (b"", "voice.wav"),
    ],
)
def test_names_for_bytes(start: bytes, name: str) -> None:
    assert usual_name("voice", start) == name


def test_a_part_of_a_recording_is_uploaded(client: Client) -> None:
    session = client.open_session()
    session.upload_voice(recording(3.0), start=0.5, end=1.5)
    one_second = 48_000 * 2
    assert session.status()["uploads"][0]["bytes"] == pytest.approx(one_second, abs=200)


def test_a_refused_file_says_why(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    path.write_text("no picture")
    with pytest.raises(ApiError) as refused:
        client.open_session().upload_face(path)
    assert refused.value.error_code == "FILE_VALIDATION_FAILED"
    assert refused.value.problem["errors"][0]["layer"]


def test_every_answer_that_is_not_of_callsheet_is_an_error(api: Api) -> None:
    with Client(f"{api.address}/nowhere") as client, pytest.raises(ApiError) as refused:
        client.get_capabilities()
    assert refused.value.status == 404


def test_a_webhook_is_verified_as_the_server_signs_it() -> None:
    secret, body = signing.new_secret(), json.dumps({"event_type": "pipeline_completed"})
    headers = signing.headers([signing.new_secret(), secret], "5-0", body, datetime.now(UTC))
    capitals = {name.title(): value for name, value in headers.items()}
    assert verify_webhook(secret, capitals, body)["event_type"] == "pipeline_completed"
    old = signing.headers([secret], "5-0", body, datetime.now(UTC) - timedelta(minutes=6))
    for wrong in (
        (signing.new_secret(), headers, body),
        (secret, headers, body + " "),
        (secret, headers | {"webhook-id": "6-0"}, body),
        (secret, old, body),
        (secret, {}, body),
        ("whsec_!", headers, body),
        (secret, headers | {"webhook-signature": "v1,! v2,x v1"}, body),
    ):
        with pytest.raises(WebhookInvalid):
            verify_webhook(*wrong)
