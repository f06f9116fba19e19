"""Write the pages of `docs/endpoints/`: a request and an answer for each endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from docs.generate.endpoints import Endpoint
from web.api.examples import examples

HEAD: Final = """\
# Endpoints: {title}

Generated from running tests by `make examples` and `make docs`. Ids, secrets and times are
placeholders; long lists are cut. All endpoints: [The API](../api.md#endpoints).
"""
_FILE: Final = "(the file)"


def page(name: str, endpoints: list[Endpoint]) -> str:
    """Return the page of some endpoints."""
    head = HEAD.format(title=name.replace("-", " "))
    return "\n".join((head, *(line for each in endpoints for line in _section(each))))


def _section(endpoint: Endpoint) -> Iterator[str]:
    yield f"## `{endpoint.row}`\n"
    yield f"{endpoint.summary}.\n"
    example = examples().get(endpoint.row)
    if example is not None:
        yield f"```http\n{_request(endpoint.method, example['request'])}\n```\n"
        yield f"```http\n{_answer(example['answer'])}\n```\n"


def _request(method: str, sent: Mapping[str, Any]) -> str:
    lines = [f"{method} {sent['path']} HTTP/1.1", *_headers(sent)]
    if "json" in sent:
        lines += ["", _json(sent["json"])]
    for name, value in sent.get("form", {}).items():
        lines += ["", f"{name}={value}"]
    for name, filename in sent.get("files", {}).items():
        lines += ["", f"{name}=@{filename}"]
    return "\n".join(lines)


def _answer(answer: Mapping[str, Any]) -> str:
    status = HTTPStatus(answer["status"])
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *_headers(answer)]
    if "json" in answer:
        lines += ["", _json(answer["json"])]
    elif "text" in answer:
        lines += ["", answer["text"].rstrip()]
    elif "media_type" in answer and status != HTTPStatus.NO_CONTENT:
        lines += ["", _FILE]
    return "\n".join(lines)


def _headers(part: Mapping[str, Any]) -> Iterator[str]:
    if part.get("media_type"):
        yield f"Content-Type: {part['media_type']}"
    yield from (f"{name}: {value}" for name, value in part.get("headers", {}).items())


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
