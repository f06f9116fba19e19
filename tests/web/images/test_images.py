"""The library of pictures: added once, listed, linked, published, deleted; and started from."""

from __future__ import annotations

import hashlib
import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from PIL import ExifTags, Image

from tests.web.people import Person, sign_up
from tests.web.samples import picture, recording


def add(api: FlaskClient, headers: Any, data: bytes | None = None, **more: str) -> Any:
    file = (io.BytesIO(data if data is not None else picture()), "me.png")
    return api.post("/api/images", headers=headers, data={"file": file, **more})


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


def photo(width: int = 600) -> bytes:
    """A picture with the EXIF of a phone, its place included."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Acme"
    exif[ExifTags.Base.Artist] = "Ada Lovelace"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] = "50 mm"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "secret-serial"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude] = (48.0, 51.0, 29.0)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, 500)).convert("RGB").save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_a_picture_is_kept_without_what_it_says_about_its_owner(
    api: FlaskClient, ada: Person
) -> None:
    sent = photo()
    assert b"secret-serial" in sent
    file = (io.BytesIO(sent), "holiday.jpg")
    answer = api.post("/api/images", headers=ada.headers, data={"file": file, "name": "Me"})
    assert answer.status_code == 201, answer.text
    kept = answer.json
    assert kept["exif"] == {"Make": "Acme", "LensModel": "50 mm"}
    assert (kept["width"], kept["height"], kept["name"]) == (600, 500, "Me")
    assert answer.headers["Location"] == f"/api/images/{kept['id']}"
    data = api.get(kept["content_url"], headers=ada.headers).data
    assert kept["sha256"] == hashlib.sha256(data).hexdigest()
    shown = api.get(kept["thumbnail_url"], headers=ada.headers).data
    for stored in (data, shown):
        with Image.open(io.BytesIO(stored)) as image:
            assert dict(image.getexif()) == {}
        assert b"secret-serial" not in stored
    with Image.open(io.BytesIO(shown)) as image:
        assert max(image.size) == 512


def test_the_same_file_is_kept_once_for_its_owner_and_tells_others_nothing(
    api: FlaskClient, ada: Person
) -> None:
    first = add(api, ada.headers)
    again = add(api, ada.headers, name="Another name")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["id"] == first.json["id"]
    eve = sign_up(api, "eve@example.com", verified=True)
    other = add(api, eve.headers)
    assert other.status_code == 201
    assert other.json["id"] != first.json["id"]
    usage = [api.get("/api/auth/me", headers=p.headers).json["usage"] for p in (ada, eve)]
    assert usage[0]["storage_bytes"] == usage[1]["storage_bytes"] > 0


def test_a_kept_upload_equals_the_same_file_sent_to_the_library(
    api: FlaskClient, ada: Person
) -> None:
    sent = api.post("/session/create", json={"user_id": ada.user_id}, headers=ada.headers)
    form = {"session_id": sent.json["session_id"], "file": (io.BytesIO(picture()), "a.png")}
    upload = api.post("/upload/face", data=form, headers=ada.headers).json
    kept = api.post(
        "/api/images", json={"upload_id": upload["upload_id"], "name": "A"}, headers=ada.headers
    )
    assert kept.status_code == 201, kept.text
    assert kept.json["sha256"] == upload["sha256"]
    assert kept.json["width"] == 320
    assert add(api, ada.headers).json["id"] == kept.json["id"]
    eve = sign_up(api, "eve@example.com", verified=True)
    named = {"upload_id": upload["upload_id"]}
    assert api.post("/api/images", json=named, headers=eve.headers).status_code == 404
    assert api.post("/api/voices", json=named, headers=ada.headers).status_code == 404


def test_a_link_opens_one_file_for_reading_only_and_ends(
    api: FlaskClient, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (add(api, ada.headers, picture(width)).json for width in (300, 310))
    link = api.post(f"/api/images/{one['id']}/link", headers=ada.headers).json["url"]
    assert api.get(link).status_code == 200
    assert api.head(link).status_code == 200
    query = urlsplit(link).query
    for method, path in (
        ("GET", f"/api/images/{two['id']}/content"),
        ("GET", f"/api/images/{one['id']}/thumbnail"),
        ("GET", f"/api/images/{one['id']}"),
        ("DELETE", f"/api/images/{one['id']}"),
        ("POST", f"/api/images/{one['id']}/public"),
        ("GET", f"/api/images/img_{'0' * 32}/content"),
    ):
        assert api.open(f"{path}?{query}", method=method).status_code == 401, path
    expires = int(parse_qs(query)["expires"][0])
    monkeypatch.setattr("web.sessions.links.time.time", lambda: expires + 1)
    answer = api.get(link)
    assert (answer.status_code, answer.json["error_code"]) == (401, "LINK_INVALID")


def test_only_an_approved_picture_of_a_verified_user_is_public(
    api: FlaskClient, ada: Person
) -> None:
    kept = add(api, ada.headers).json
    path = f"/api/images/{kept['id']}/public"
    published = api.post(path, headers=ada.headers).json
    assert (
        api.get(published["public_url"]).data
        == api.get(kept["content_url"], headers=ada.headers).data
    )
    assert api.post(path, headers=ada.headers).json["public_id"] == published["public_id"]
    assert api.delete(path, headers=ada.headers).json["public_id"] is None
    assert api.get(published["public_url"]).status_code == 404
    again = api.post(path, headers=ada.headers).json
    assert again["public_id"] != published["public_id"]
    assert api.delete(f"/api/images/{kept['id']}", headers=ada.headers).status_code == 204
    assert api.get(again["public_url"]).status_code == 404


def test_voices_are_one_list_of_own_recordings_and_built_in_ones(
    api: FlaskClient, ada: Person
) -> None:
    file = (io.BytesIO(recording()), "me.wav")
    kept = api.post("/api/voices", headers=ada.headers, data={"file": file})
    assert kept.status_code == 201, kept.text
    assert kept.json["seconds"] == 1.0
    found = api.get("/api/voices", headers=ada.headers).json
    assert [(v["id"], v["source"]) for v in found["voices"]] == [(kept.json["id"], "own")]
    heard = api.get(found["voices"][0]["sample_url"])
    assert (heard.status_code, heard.content_type) == (200, "audio/wav")
    assert api.get("/api/voices").json["voices"] == []
