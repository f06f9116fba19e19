"""Which page a request comes from, and whether it came by TLS: by its headers alone."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.test import EnvironBuilder

from config.settings import Settings, read
from web.http.addresses import over_tls, public_host
from web.http.origins import (
    LONGEST_ORIGIN,
    is_allowed,
    is_foreign_page,
    is_own_page,
    is_refused,
    may_use_cookies,
)

FRIEND = "https://studio.example"
LOCAL = "http://localhost:5000"


def configured(**values: str) -> Settings:
    known = {"CORS_ORIGINS": FRIEND, "OPERATOR_TOKEN": "0123456789abcdef", "AUTH": "off"}
    return read({**known, **values})


def sent(origin: str | None = None, site: str | None = None, **more: Any) -> dict[str, Any]:
    environ = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "localhost:5000", **more}
    if origin is not None:
        environ["HTTP_ORIGIN"] = origin
    if site is not None:
        environ["HTTP_SEC_FETCH_SITE"] = site
    return environ


BY_PROXY = {"REMOTE_ADDR": "10.0.0.7"}
TRUSTING = {"TRUSTED_PROXIES": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("settings", "environ", "found"),
    [
        ({}, {}, False),
        ({}, {"wsgi.url_scheme": "https"}, True),
        ({}, {"wsgi.url_scheme": "http"}, False),
        ({"HTTPS_ONLY": "1"}, {"wsgi.url_scheme": "http"}, True),
        (TRUSTING, {"HTTP_X_FORWARDED_PROTO": "https"}, False),
        (TRUSTING, {"HTTP_X_FORWARDED_PROTO": "https", **BY_PROXY}, True),
        (TRUSTING, {"HTTP_X_FORWARDED_PROTO": "http, https", **BY_PROXY}, True),
        (TRUSTING, {"HTTP_X_FORWARDED_PROTO": "https, http", **BY_PROXY}, False),
        (TRUSTING, BY_PROXY, False),
        ({}, {"HTTP_X_FORWARDED_PROTO": "https", **BY_PROXY}, False),
    ],
)
def test_tls_is_believed_of_the_server_or_of_a_trusted_proxy(
    settings: dict[str, str], environ: dict[str, str], found: bool
) -> None:
    assert over_tls(sent(**environ), configured(**settings)) is found


@pytest.mark.parametrize(
    ("settings", "environ", "found"),
    [
        ({}, {}, "localhost:5000"),
        (TRUSTING, {"HTTP_X_FORWARDED_HOST": "film.example"}, "localhost:5000"),
        (TRUSTING, {"HTTP_X_FORWARDED_HOST": "evil, film.example", **BY_PROXY}, "film.example"),
        (TRUSTING, {"HTTP_X_FORWARDED_HOST": "", **BY_PROXY}, "localhost:5000"),
        ({}, {"HTTP_HOST": ""}, ""),
    ],
)
def test_the_public_host_is_that_of_a_trusted_proxy(
    settings: dict[str, str], environ: dict[str, str], found: str
) -> None:
    assert public_host(sent(**environ), configured(**settings)) == found


@pytest.mark.parametrize(
    ("environ", "own"),
    [
        (sent(), False),
        (sent(LOCAL), True),
        (sent("http://localhost"), False),
        (sent("https://localhost:5000"), True),
        (sent("http://[", None), False),
        (sent("null"), False),
        (sent("", HTTP_HOST=""), False),
        (sent(LOCAL, "cross-site"), False),
        (sent(FRIEND, "same-origin"), True),
        (sent(LOCAL, **{"wsgi.url_scheme": "https"}), False),
        (sent("https://localhost:5000", **{"wsgi.url_scheme": "https"}), True),
    ],
)
def test_a_page_is_our_own_by_what_the_browser_says(environ: dict[str, Any], own: bool) -> None:
    assert is_own_page(environ, configured()) is own


@pytest.mark.parametrize(
    ("environ", "foreign"),
    [
        (sent(), False),
        (sent(site="none"), False),
        (sent(site="cross-site"), True),
        (sent(site="same-origin"), False),
        (sent(LOCAL), False),
        (sent(FRIEND), False),
        (sent(FRIEND, "cross-site"), False),
        (sent("https://evil.example"), True),
        (sent("https://evil.example", "none"), True),
    ],
)
def test_a_page_is_foreign_unless_it_is_ours_or_listed(
    environ: dict[str, Any], foreign: bool, caplog: pytest.LogCaptureFixture
) -> None:
    settings = configured()
    assert is_foreign_page(environ, settings) is foreign
    with caplog.at_level(logging.WARNING):
        assert is_refused(environ, settings) is foreign
    assert bool(caplog.records) is foreign


@pytest.mark.parametrize(
    ("origin", "setting"),
    [
        ("https://evil.example", f"CORS_ORIGINS={FRIEND},https://evil.example"),
        ("https://evil.example/x y", ""),
        ("https://" + "a" * 500, f"CORS_ORIGINS={FRIEND},https://{'a' * (LONGEST_ORIGIN - 8)}"),
    ],
)
def test_the_log_names_the_setting_that_would_allow_a_page(
    origin: str, setting: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        is_refused(sent(origin), configured())
    [record] = caplog.records
    assert vars(record)["setting"] == setting
    assert len(vars(record)["origin"]) <= LONGEST_ORIGIN


@pytest.mark.parametrize(
    ("settings", "environ", "origin", "allowed"),
    [
        ({}, {}, FRIEND, True),
        ({}, {}, "http://localhost:5173", True),
        ({}, {}, "https://127.0.0.1:5173", True),
        ({}, {}, "ftp://localhost:5173", False),
        ({}, {}, "http://[", False),
        ({}, {}, "https://evil.example", False),
        ({}, {"HTTP_HOST": "film.example"}, "http://localhost:5173", False),
        (TRUSTING, {}, "http://localhost:5173", False),
        ({"HOST": "0.0.0.0"}, {}, "http://localhost:5173", False),
        ({"HOST": "0.0.0.0"}, {}, FRIEND, True),
    ],
)
def test_pages_of_this_machine_are_allowed_only_where_nothing_else_reaches_the_server(
    settings: dict[str, str], environ: dict[str, str], origin: str, allowed: bool
) -> None:
    assert is_allowed(origin, sent(**environ), configured(**settings)) is allowed


@pytest.mark.parametrize(
    ("method", "environ", "socket", "count"),
    [
        ("GET", {}, False, True),
        ("HEAD", {"HTTP_SEC_FETCH_SITE": "none"}, False, True),
        ("GET", {"HTTP_SEC_FETCH_SITE": "cross-site"}, False, False),
        ("GET", {"HTTP_ORIGIN": FRIEND}, False, False),
        ("POST", {}, False, False),
        ("POST", {"HTTP_SEC_FETCH_SITE": "same-origin"}, False, True),
        ("GET", {}, True, False),
        ("GET", {"HTTP_SEC_FETCH_SITE": "same-origin"}, True, True),
    ],
)
def test_cookies_count_where_our_own_page_or_no_page_sends_them(
    method: str, environ: dict[str, str], socket: bool, count: bool
) -> None:
    built = EnvironBuilder(method=method, base_url=LOCAL, environ_overrides=environ)
    request = Flask("test").request_class(built.get_environ())
    assert isinstance(request, Request)
    if socket:
        request.sid = "one"  # type: ignore[attr-defined]
    assert may_use_cookies(request, configured()) is count
