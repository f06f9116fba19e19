"""A pytest plugin that records requests and answers of the API, for examples of the documentation.

`make examples` loads it. It writes a line of JSON for each exchange with an application in the
process of the tests; `docs/generate/examples.py` chooses from them. With `--recorded-only`, only
those tests run whose exchanges were chosen before: a tenth of the time of all.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO

import pytest
from flask import Flask, Request, Response, g, request

from web.api import multipart
from web.api.examples import examples
from web.api.multipart import Received

SHOWN_HEADERS: Final = (
    *("Authorization", "X-API-Key", "X-Session-ID", "Idempotency-Key", "Prefer", "Last-Event-ID"),
    "If-Match",
    *("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Stripe-Signature"),
)
SHOWN_ANSWER_HEADERS: Final = (
    *("Location", "ETag", "Retry-After", "Idempotency-Replayed", "Preference-Applied"),
    *("Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Expires", "Content-Range"),
)
_PARSE: Final = multipart._parse
TEXTS: Final = ("audio/x-mpegurl",)
MOST_BYTES: Final = 20_000
MOST_OF_STREAM: Final = 4_000


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-examples", type=Path, help="file that gets a line an exchange")
    parser.addoption("--recorded-only", action="store_true", help="only tests that gave examples")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--recorded-only"):
        return
    wanted = {example.get("test", "") for example in examples().values()}
    left = [item for item in items if item.nodeid not in wanted]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item.nodeid in wanted]
    for gone in sorted(wanted - {item.nodeid for item in items} - {""}):
        sys.stderr.write(f"a test that gave examples is gone or slow now: {gone}\n")


def pytest_configure(config: pytest.Config) -> None:
    path: Path | None = config.getoption("--record-examples")
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8", buffering=1)
    config.add_cleanup(file.close)
    original = Flask.process_response

    def process_response(app: Flask, response: Response) -> Response:
        answer: Response = original(app, response)  # type: ignore[assignment]
        if request.url_rule is not None:
            _record(file, answer)
        return answer

    patch = pytest.MonkeyPatch()
    patch.setattr(Flask, "process_response", process_response)
    patch.setattr(multipart, "_parse", _parse)
    config.add_cleanup(patch.undo)


def _record(file: TextIO, answer: Response) -> None:
    assert request.url_rule is not None
    line = {
        "test": os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0],
        "rule": request.url_rule.rule,
        "method": request.method,
        "path": request.path,
        "query": request.args.to_dict(),
        "request": _sent(request),
        "status": answer.status_code,
        "media_type": answer.mimetype if answer.headers.get("Content-Type") else None,
        "headers": {
            name: answer.headers[name] for name in SHOWN_ANSWER_HEADERS if name in answer.headers
        },
    }
    if answer.mimetype == "text/event-stream" and answer.status_code == 200:
        answer.response = _copied(answer.response, file, line)
    elif answer.is_streamed or answer.direct_passthrough:
        _write(file, line)
    else:
        _write(file, line | _body(answer))


def _body(answer: Response) -> dict[str, Any]:
    data = answer.get_data()
    if answer.content_encoding == "gzip":
        data = gzip.decompress(data)
    if len(data) > MOST_BYTES:
        return {}
    if answer.is_json:
        return {"json": json.loads(data)}
    is_text = answer.mimetype.startswith("text/") or answer.mimetype in TEXTS
    return {"text": data.decode()} if is_text else {}


def _sent(sent: Request) -> dict[str, Any]:
    found: dict[str, Any] = {
        "headers": {name: sent.headers[name] for name in SHOWN_HEADERS if name in sent.headers}
    }
    if sent.content_length:
        found["media_type"] = sent.mimetype
    # A body that the view has not read must not be read here: it may be long, or never come.
    if sent.is_json and "_cached_data" in vars(sent):
        with suppress(ValueError, RecursionError):  # it may be no JSON, or too deep
            found["json"] = json.loads(sent.get_data())
    form: Received | None = g.get("recorded_form")
    if form is not None:
        found["form"] = form.fields
        found["files"] = {name: filename for name, (_, filename) in form.files.items()}
    return found


def _parse(*given: Any) -> Received:
    """Parse a form as `received` does, and keep what it had for the recorder."""
    parsed = _PARSE(*given)
    g.recorded_form = parsed
    return parsed


def _copied(chunks: Any, file: TextIO, line: dict[str, Any]) -> Iterator[bytes]:
    """Pass a stream on; write its beginning when it ends or its reader goes."""
    beginning = b""
    try:
        for chunk in chunks:
            if len(beginning) < MOST_OF_STREAM:
                beginning += chunk if isinstance(chunk, bytes) else chunk.encode()
            yield chunk
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
        _write(file, line | {"text": beginning.decode(errors="replace")})


def _write(file: TextIO, line: dict[str, Any]) -> None:
    file.write(json.dumps(line) + "\n")  # ASCII: a name may contain surrogates
