"""`/docs/guides`: every page of `docs/`, with its links, its search and a strict policy."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.deployment import ROOT
from web.api import guides

PAGES = [
    str(path.relative_to(ROOT / "docs").with_suffix(""))
    for part in guides.PARTS
    for path in (ROOT / "docs").glob(part)
]


def test_every_page_is_served_and_its_links_lead_to_pages(standing: FlaskClient) -> None:
    pages = {name: standing.get(f"/docs/guides/{name}") for name in PAGES}
    anchors = {name: set(re.findall(r' id="([^"]+)"', page.text)) for name, page in pages.items()}
    for name, page in pages.items():
        assert page.status_code == 200, name
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "<script" not in page.text
        assert "<!--" not in page.text
        assert not re.findall(r'(?:src|style)="', page.text), name
        for href in re.findall(r'href="/docs/guides/([^"]+)"', page.text):
            target, _, anchor = unescape(href).partition("#")
            assert target in pages, f"{name}: {href}"
            assert not anchor or anchor in anchors[target], f"{name}: {href}"


def test_the_list_has_every_page(standing: FlaskClient) -> None:
    found = re.findall(r'<li><a href="/docs/guides/([^"]+)">', standing.get("/docs/guides").text)
    assert sorted(found) == sorted(PAGES)


@pytest.mark.parametrize(
    ("query", "page"),
    [("Last-Event-ID", "events"), ("quote budget", "agents"), ("CORS_ORIGINS", "frontends")],
)
def test_search_finds_sections(standing: FlaskClient, query: str, page: str) -> None:
    text = standing.get("/docs/guides", query_string={"q": query}).text
    assert f'href="/docs/guides/{page}#' in text


def test_hostile_searches_are_text(standing: FlaskClient) -> None:
    text = standing.get("/docs/guides", query_string={"q": '"><script>alert(1)</script>'}).text
    assert "<script" not in text
    assert "Nothing found" in text
    assert standing.get("/docs/guides", query_string={"q": "x" * 101}).status_code == 422


@pytest.mark.parametrize("name", ["x", "..%2fREADME", "../README", "images/a", "generate/pages"])
def test_nothing_else_is_served(standing: FlaskClient, name: str) -> None:
    assert standing.get(f"/docs/guides/{name}").status_code == 404
