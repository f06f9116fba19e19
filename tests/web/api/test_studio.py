"""The studio's page as the server gives it out, and answers that are compressed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from web.api.studio import ADDRESSES

PAGES = ("studio.page", "trust.page")


@pytest.fixture
def built(app: Flask, tmp_path: Path) -> Path:
    """A page such as `make studio` leaves."""
    place = tmp_path / "static"
    (place / "assets").mkdir(parents=True)
    (place / "index.html").write_text("<title>Callsheet</title>")
    script = b"let a = 1;\n" * 200
    (place / "assets" / "index-abc.js").write_bytes(script)
    (place / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(script))
    (place / ".stamp").write_text("x")
    app.config["STUDIO"] = place
    return place


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/", "/account", "/operate"])
def test_page_makes_no_external_requests(api: FlaskClient, path: str) -> None:
    page = api.get(path)
    assert page.status_code == 200
    assert "Callsheet" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    sources = {word for rule in policy.split("; ") for word in rule.split(" ")[1:]}
    assert sources == {"'none'", "'self'", "blob:"}
    assert "microphone=(self)" in page.headers["Permissions-Policy"]


def test_no_address_of_the_page_is_taken_by_the_api(app: Flask) -> None:
    """As `/voices` is: opened in a browser, it shows data."""
    routes = app.url_map.bind("localhost")
    taken = {address: routes.match(f"/{address}")[0] for address in (*ADDRESSES, "verify")}
    assert {address: name for address, name in taken.items() if name not in PAGES} == {}


def test_a_page_says_what_to_run_where_there_is_no_studio(
    app: Flask, api: FlaskClient, tmp_path: Path
) -> None:
    app.config["STUDIO"] = tmp_path / "nothing"
    page = api.get("/")
    assert page.status_code == 200
    assert "make studio" in page.text


def test_files_are_served_precompressed(api: FlaskClient, built: Path) -> None:
    plain = api.get("/static/assets/index-abc.js")
    dense = api.get("/static/assets/index-abc.js", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert dense.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(dense.data) == plain.data
    assert dense.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in dense.headers["Cache-Control"]
    again = api.get(
        "/static/assets/index-abc.js",
        headers={"Accept-Encoding": "gzip", "If-None-Match": dense.headers["ETag"]},
    )
    assert again.status_code == 304


def test_a_page_names_the_scripts_of_its_address_at_once(api: FlaskClient, built: Path) -> None:
    assert "Link" not in api.get("/create").headers
    listed = {"/": ["/static/home.js"], "/videos/*": ["/static/watch.js", "/static/part.js"]}
    (built / "preload.json").write_text(json.dumps(listed))
    assert api.get("/").headers["Link"] == "</static/home.js>; rel=modulepreload"
    both = "</static/watch.js>; rel=modulepreload, </static/part.js>; rel=modulepreload"
    assert api.get("/videos/one").headers["Link"] == both
    for path in ("/videos", "/create"):
        assert "Link" not in api.get(path).headers


@pytest.mark.parametrize(
    ("accepted", "named"),
    [("fi, de-AT;q=0.9, en;q=0.8", True), ("en-GB, de", False), ("fi", False), ("DE", True)],
)
def test_a_page_names_the_texts_of_the_readers_language(
    api: FlaskClient, built: Path, accepted: str, named: bool
) -> None:
    (built / "preload.json").write_text(json.dumps({"lang:de": ["/static/de.js"]}))
    page = api.get("/create", headers={"Accept-Language": accepted})
    assert page.headers.get("Link") == ("</static/de.js>; rel=modulepreload" if named else None)
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["nothing.js", ".stamp", "../app.py", "%2e%2e/app.py", "assets"])
def test_only_known_files_are_served(api: FlaskClient, name: str) -> None:
    assert api.get(f"/static/{name}").status_code == 404


def test_data_is_compressed_if_the_client_accepts_it(api: FlaskClient) -> None:
    plain = api.get("/openapi.json")
    dense = api.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert dense.headers["Content-Encoding"] == "gzip"
    assert dense.headers["Vary"].split(", ") == ["Origin", "Accept-Encoding"]
    assert gzip.decompress(dense.data) == plain.data
    assert len(dense.data) < len(plain.data) / 5
    small = api.get("/livez", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers
