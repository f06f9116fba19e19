"""The database never sees U+0000, whatever part of a request has it, at every address."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.web.people import sign_up
from tests.web.samples import picture
from web.api.multipart import FORM
from web.db.engine import db
from web.db.nul import NUL

JSON = "application/json"


@pytest.fixture(scope="module")
def document(standing: FlaskClient) -> Any:
    return standing.get("/openapi.json").get_json()


@pytest.fixture(params=["visitor", "administrator", "operator"])
def headers(request: pytest.FixtureRequest, standing: FlaskClient) -> dict[str, str]:
    """What callers of every kind send."""
    session = standing.post("/session/create", json={"user_id": "ada"}).get_json()["session_id"]
    keys = {"X-Session-ID": session}
    if request.param == "operator":
        return keys  # the client of these tests sends the token
    if request.param == "visitor":
        return keys | {"Authorization": ""}
    return keys | sign_up(standing, "root@example.com", verified=True, role="admin").headers


Sent = tuple[str, str, dict[str, Any]]


def requests(document: Any) -> Iterator[Sent]:
    """A request for each text that an operation takes, with U+0000 in it."""
    for path, item in document["paths"].items():
        plain = re.sub(r"\{\w+\}", "x", path)
        for method, operation in item.items():
            if method == "parameters":
                continue
            named = [*item.get("parameters", []), *operation.get("parameters", [])]
            yield from _in_address(method, path, [_resolved(document, one) for one in named])
            content = operation.get("requestBody", {}).get("content", {})
            for sent in _bodies(document, content[JSON]) if JSON in content else ():
                yield method, plain, {"json": sent}
            for form in _forms(document, content.get(FORM, {})):
                yield method, plain, {"data": form}


def _in_address(method: str, path: str, parameters: list[Any]) -> Iterator[Sent]:
    for name in re.findall(r"\{(\w+)\}", path):
        yield method, re.sub(r"\{\w+\}", "x", path.replace(f"{{{name}}}", "a%00")), {}
    plain = re.sub(r"\{\w+\}", "x", path)
    for parameter in parameters:
        if parameter["in"] == "query":
            yield method, plain, {"query_string": {parameter["name"]: f"a{NUL}"}}


def _forms(document: Any, content: Any) -> Iterator[dict[str, Any]]:
    for name in set(_properties(document, content)) - {"file"}:
        yield {name: f"a{NUL}", "file": _file()}
        yield {name: "a", f"b{NUL}": "", "file": _file()}


def _bodies(document: Any, content: Any) -> Iterator[dict[str, Any]]:
    """The recorded example with U+0000 in each of its texts, and each field that has none."""
    example = content.get("example", {})
    for name in {*example, *_properties(document, content)}:
        for value in (NUL, [NUL], {NUL: "a"}, {"a": {"b": [f"a{NUL}"]}}):
            yield {**example, name: value}
    yield {**example, NUL: 1}


def _properties(document: Any, content: Any) -> list[str]:
    return list(_resolved(document, content.get("schema", {})).get("properties", {}))


def _resolved(document: Any, part: Any) -> Any:
    for name in part.get("$ref", "#/").split("/")[1:] if "$ref" in part else ():
        document = document[name]
    return document if "$ref" in part else part


def _file() -> tuple[io.BytesIO, str]:
    return io.BytesIO(picture()), "me.png"


@pytest.fixture
def seen(standing: FlaskClient) -> Iterator[list[Any]]:
    """The parameters with U+0000 that were on their way to the database."""
    found: list[Any] = []

    def note(*given: Any) -> None:
        if "u0000" in json.dumps(given[3], default=str):
            found.append(given[2:4])

    with standing.application.app_context():
        # `insert` puts it before the guard, which would refuse them.
        event.listen(db.engine, "before_cursor_execute", note, insert=True)
        yield found
        event.remove(db.engine, "before_cursor_execute", note)


def test_no_request_takes_nul_to_the_database(
    standing: FlaskClient, document: Any, headers: dict[str, str], seen: list[Any]
) -> None:
    wrong, sent = [], 0
    for method, path, given in requests(document):
        answer = standing.open(path, method=method, headers=headers, **given)
        sent += 1
        if answer.status_code < 400 or answer.status_code >= 500:
            wrong.append(f"{method} {path} {given} -> {answer.status_code} {answer.text[:200]}")
        if seen:
            wrong.append(f"{method} {path} {given} -> {seen.pop()}")
    assert not wrong, "\n".join(wrong[:20])
    assert sent > 1000


def test_nul_in_metadata_and_in_names_of_files_stays_out(
    standing: FlaskClient, headers: dict[str, str], seen: list[Any]
) -> None:
    session = headers["X-Session-ID"]
    for field in ("session_id", "kind", "filename", "title"):
        values = {"session_id": session, "kind": "face", "filename": "a.png"}
        values[field] = f"a{NUL}.png"
        text = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items()
        )
        more = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": text}
        answer = standing.post("/uploads", headers=headers | more)
        assert 400 <= answer.status_code < 500, answer.text
    form = {"session_id": session, "file": (io.BytesIO(picture()), f"a{NUL}.png")}
    assert standing.post("/upload/face", data=form, headers=headers).status_code < 500
    assert not seen
