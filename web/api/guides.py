"""`/docs/guides`: the pages of `docs/` with a search, without scripts and without other hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from marshmallow import Schema, validate

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.text import Text
from web.errors import RouteNotFound
from web.state_directory import ROOT

guides = Blueprint("guides", __name__, description="The guides.")

FOLDER: Final = ROOT / "docs"
PARTS: Final = ("*.md", "operations/*.md", "endpoints/*.md")
MOST_RESULTS: Final = 30
SNIPPET: Final = 160
_COMMENTS: Final = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title} - Callsheet</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/docs/guides.css">
</head>
<body>
  <header>
    <nav><a href="/docs/guides">Guides</a> <a href="/docs">API reference</a></nav>
    <form action="/docs/guides" role="search">
      <input type="search" name="q" value="{query}" aria-label="Search the guides" maxlength="100">
      <button>Search</button>
    </form>
  </header>
  <main>{body}</main>
</body>
</html>
"""


class GuideSearch(Schema):
    """What is looked for."""

    q = Text(load_default="", validate=validate.Length(max=100))


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text below it."""

    page: str
    anchor: str
    title: str
    text: str

    @property
    def href(self) -> str:
        return f"/docs/guides/{self.page}#{self.anchor}"


@guides.get("/docs/guides")
@guides.arguments(GuideSearch, location="query")
@guides.response(200, {"type": "string"}, content_type="text/html")
def listing(sent: dict[str, Any]) -> Response:
    """List the guides, or the sections that have all words of `q`"""
    words = sent["q"].casefold().split()
    body = _results(words) if words else _contents()
    return _send("Search" if words else "Guides", body, sent["q"])


@guides.get("/docs/guides/<path:name>")
@guides.response(200, {"type": "string"}, content_type="text/html")
@documented_errors(guides, 404, "NOT_FOUND")
def page(name: str) -> Response:
    """Show a guide"""
    if name not in _sources():
        raise RouteNotFound
    return _send(_title(name), _html(name))


def _send(title: str, body: str, query: str = "") -> Response:
    html = _PAGE.format(title=escape(title), query=escape(query), body=body)
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@cache
def _sources() -> dict[str, str]:
    """Return the Markdown of every guide by its name; read once, as code is."""
    found = [path for part in PARTS for path in sorted(FOLDER.glob(part))]
    return {_name(path): _COMMENTS.sub("", path.read_text(encoding="utf-8")) for path in found}


def _name(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


def _title(name: str) -> str:
    return _sources()[name].partition("\n")[0].lstrip("# ")


def _contents() -> str:
    rows = (
        f'<li><a href="/docs/guides/{name}">{escape(_title(name))}</a></li>' for name in _sources()
    )
    return f"<h1>Guides</h1><ul>{''.join(rows)}</ul>"


def _results(words: list[str]) -> str:
    found = [
        section
        for section in _sections()
        if all(word in f"{section.title} {section.text}".casefold() for word in words)
    ]
    found.sort(key=lambda section: -sum(word in section.title.casefold() for word in words))
    rows = "".join(
        f'<li><a href="{section.href}">{escape(section.title)}</a> '
        f"<small>{escape(_title(section.page))}</small>"
        f"<p>{escape(_snippet(section, words))}</p></li>"
        for section in found[:MOST_RESULTS]
    )
    found_here = f"<ul>{rows}</ul>" if rows else "<p>Nothing found.</p>"
    reference = f"/docs?{urlencode({'q': ' '.join(words)})}"
    link = f'<p><a href="{escape(reference)}">Search the API reference</a></p>'
    return f"<h1>Search</h1>{found_here}{link}"


def _snippet(section: Section, words: list[str]) -> str:
    places = [section.text.casefold().find(word) for word in words]
    start = max(min((place for place in places if place >= 0), default=0) - SNIPPET // 4, 0)
    return section.text[start : start + SNIPPET]


@cache
def _html(name: str) -> str:
    tokens = _parsed(name)
    parser = _parser()
    return str(parser.renderer.render(tokens, parser.options, {}))


@cache
def _sections() -> tuple[Section, ...]:
    return tuple(section for name in _sources() for section in _sections_of(name))


def _sections_of(name: str) -> Iterator[Section]:
    anchor, title, texts = "", _title(name), list[str]()
    tokens = _parsed(name)
    for token, inner in zip(tokens, [*tokens[1:], Token("", "", 0)], strict=True):
        if token.type == "heading_open":
            yield Section(name, anchor, title, " ".join(texts))
            anchor, title, texts = str(token.attrs["id"]), inner.content, []
        elif token.content and token is not inner:
            texts.append(" ".join(token.content.split()))
    yield Section(name, anchor, title, " ".join(texts))


def _parsed(name: str) -> list[Token]:
    """Parse a guide; headings get the anchors of GitHub, and links lead to the guides."""
    tokens = _parser().parse(_sources()[name])
    for token, inner in pairwise(tokens):
        if token.type == "heading_open":
            token.attrs["id"] = re.sub(r"[^\w\- ]", "", inner.content.lower()).replace(" ", "-")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = _target(name, str(child.attrs["href"]))
    return tokens


def _target(name: str, href: str) -> str:
    """Translate a link of a guide: other guides are pages here, other files are not served."""
    path, _, anchor = href.partition("#")
    if "://" in href or not path:
        return href
    place = (FOLDER / name).parent / path
    if not path.endswith(".md") or FOLDER not in place.resolve().parents:
        return f"/docs/guides#{anchor}"
    return f"/docs/guides/{_name(place.resolve())}" + (f"#{anchor}" if anchor else "")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
