"""What a page of another site may make a browser send: nothing that changes, and no socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
import websocket
from werkzeug.routing import Rule

from config.settings import Settings
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from tests.web.samples import picture
from web.app import create_app
from web.http.origins import SAFE_METHODS

FRIEND = "https://studio.example"
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def foreign() -> list[dict[str, str]]:
    """What browsers say of pages of other sites."""
    return [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{FRIEND}.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    ]


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    with serving(replace(settings, cors_origins=(FRIEND,))) as address:
        yield address


def welcome(address: str) -> list[dict[str, str]]:
    """What our own pages, those of the list, and programs say."""
    return [
        {},
        {"Origin": address},
        {"Origin": FRIEND},
        {"Sec-Fetch-Site": "cross-site", "Origin": FRIEND},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy.example"},
    ]


def test_no_route_that_changes_takes_a_foreign_page(
    settings: Settings, foreign: list[dict[str, str]]
) -> None:
    app = create_app(settings)
    api = app.test_client()
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - SAFE_METHODS):
            for headers in foreign:
                answer = api.open(_path(rule), method=method, headers=headers)
                told = (answer.status_code, answer.json["error_code"])
                assert told == (403, "ORIGIN_NOT_ALLOWED"), (method, rule.rule, headers)


def _path(rule: Rule) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<{name}>", "x").replace(f"<path:{name}>", "x")
    return path


def test_json_forms_and_pieces_of_uploads(address: str, foreign: list[dict[str, str]]) -> None:
    with httpx.Client(base_url=address, timeout=30) as http:
        session_id = Caller(http).session()
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}

        def ask(headers: dict[str, str]) -> list[httpx.Response]:
            form = {"data": {"session_id": session_id}, "files": {"file": ("a.png", picture())}}
            return [
                http.post("/process/estimate", json={"script": "Hello."}, headers=headers),
                http.post("/upload/face", headers=headers, **form),
                http.post("/uploads", headers=headers | tus),
            ]

        for headers in foreign:
            for answer in ask(headers):
                problem(answer, 403, "ORIGIN_NOT_ALLOWED")
        for headers in welcome(address):
            assert all("ORIGIN_NOT" not in answer.text for answer in ask(headers)), headers
        assert all(http.get("/livez", headers=headers).status_code == 200 for headers in foreign)


def told(caplog: pytest.LogCaptureFixture) -> set[str]:
    """The origins that the log says were refused."""
    lines = [line for line in caplog.records if "CORS_ORIGINS" in line.getMessage()]
    return {line.origin for line in lines}


def test_socket_io_takes_no_foreign_page(
    address: str, foreign: list[dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    with httpx.Client(base_url=address, timeout=30) as http:

        def joined(headers: dict[str, str]) -> bool:
            """The handshake of Engine.IO, and that of Socket.IO in it."""
            opened = http.get(HANDSHAKE, headers=headers)
            if opened.status_code != 200:
                return False
            sid = opened.text.partition('"sid":"')[2].partition('"')[0]
            line = f"{HANDSHAKE}&sid={sid}"
            if http.post(line, content="40", headers=headers).status_code != 200:
                return False
            return http.get(line, headers=headers).text.startswith("40")

        assert not any(joined(headers) for headers in foreign)
        assert told(caplog) == {headers.get("Origin", "") for headers in foreign}
        assert all(joined(headers) for headers in welcome(address))


def test_web_sockets_take_no_foreign_page(
    address: str, foreign: list[dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    with httpx.Client(base_url=address, timeout=30) as http:
        session_id = Caller(http).session()
    place = f"ws://{urlsplit(address).netloc}/progress/{session_id}"

    def opens(headers: dict[str, str]) -> bool:
        told = [f"{name}: {value}" for name, value in headers.items() if name != "Origin"]
        try:
            websocket.create_connection(
                place,
                header=[*told, f"X-Session-ID: {session_id}"],
                timeout=20,
                origin=headers.get("Origin"),
                suppress_origin="Origin" not in headers,
            ).close()
        except websocket.WebSocketBadStatusException as refused:
            return refused.status_code != 403
        return True

    assert not any(opens(headers) for headers in foreign)
    assert told(caplog) == {headers.get("Origin", "") for headers in foreign}
    assert all(opens(headers) for headers in welcome(address))


LOCAL = ("http://localhost:5173", "http://127.0.0.1:3000", "https://[::1]:8443", "http://localhost")
NOT_LOCAL = (
    *("https://localhost.evil.example", "http://127.0.0.1.evil.example", "http://[::1"),
    *("file://localhost", "http://0.0.0.0:3000", "http://10.0.0.7:3000", "null", ""),
)


def allowed(address: str, origin: str) -> bool:
    """Whether a page of this origin may send a change, and read the answer."""
    sent = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    answer = httpx.post(f"{address}/session/create", json={"user_id": "ada"}, headers=sent)
    assert answer.status_code in (201, 403)
    readable = answer.headers.get("Access-Control-Allow-Origin") == origin
    assert readable is (answer.status_code == 201)
    return readable


def test_pages_of_development_servers_may_use_a_server_of_this_machine(settings: Settings) -> None:
    with serving(settings) as address:
        assert [origin for origin in LOCAL if not allowed(address, origin)] == []
        assert [origin for origin in NOT_LOCAL if allowed(address, origin)] == []


def test_a_server_that_others_reach_takes_listed_origins_only(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    reachable = replace(settings, host="0.0.0.0", cors_origins=(FRIEND,))
    with serving(reachable) as address:
        assert [origin for origin in (*LOCAL, *NOT_LOCAL) if allowed(address, origin)] == []
        assert allowed(address, FRIEND)
    lines = [line for line in caplog.records if "CORS_ORIGINS" in line.getMessage()]
    assert [line.origin for line in lines] == [*LOCAL, *NOT_LOCAL]
    assert lines[0].setting == f"CORS_ORIGINS={FRIEND},{LOCAL[0]}"
    assert {line.origin for line in lines if not line.setting} == {"file://localhost", "null", ""}


def test_cookies_do_not_count_in_pages_of_development_servers(settings: Settings) -> None:
    with serving(settings) as address, httpx.Client(base_url=address) as browser:
        own = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
        made = browser.post("/session/create", json={"user_id": "ada"}, headers=own)
        sent = {"session_id": made.json()["session_id"]}
        files = {"file": ("me.png", picture())}
        assert browser.post("/upload/face", data=sent, files=files, headers=own).status_code == 201
        page = {"Origin": LOCAL[0], "Sec-Fetch-Site": "same-site"}
        assert len(browser.get("/api/uploads", headers=own).json()["uploads"]) == 1
        refused = browser.get("/api/uploads", headers=page)
        assert refused.status_code == 401
        assert "uploads" not in refused.json()


def test_files_may_be_shown_by_other_sites(settings: Settings) -> None:
    with serving(settings) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        session_id = caller.session()
        sent = caller.face(session_id).json()
        shown = http.get(sent["url"], headers={"Sec-Fetch-Site": "cross-site"})
        assert shown.status_code == 200
        assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        status = http.get(f"/session/{session_id}/status")
        assert status.headers["Cross-Origin-Resource-Policy"] == "same-site"
