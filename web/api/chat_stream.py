"""Answer a chat message as Server-Sent Events, so that a slow language model keeps no client blind.

An answer is a valid plan or a sentence, so it is sent whole when it has been checked.
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

from flask import Flask, Response, request
from marshmallow import Schema

from tasks.domain.errors import CallsheetError
from web.api.event_schema import EVENT_STREAM, stream_schema, streamed
from web.api.schemas.projects import ChatAnswer, ChatFailed, ChatStarted

log = logging.getLogger(__name__)

WAIT_SECONDS: Final = 10.0
"""Between two comments that keep proxies from closing a silent connection."""
EVENTS: Final[dict[str, type[Schema]]] = {
    "started": ChatStarted,
    "answer": ChatAnswer,
    "error": ChatFailed,
}
"""The events of a stream by their names: first `started`, then one of the others."""


def schema() -> dict[str, Any]:
    """Return the schema of a stream for the OpenAPI document."""
    events = [streamed(data.__name__, event={"const": name}) for name, data in EVENTS.items()]
    return stream_schema("`started`, then `answer` or `error`; `data` is JSON.", *events)


def is_wanted() -> bool:
    """Return whether this request prefers a stream to JSON."""
    accepted = request.accept_mimetypes
    return accepted[EVENT_STREAM] > accepted["application/json"]


def stream(
    app: Flask,
    begun: dict[str, Any],
    work: Callable[[], dict[str, Any]],
    translate: Callable[[str], str],
) -> Response:
    """Send `started`, then `answer` with what `work` returns, or `error`.

    The work ends even if its client leaves: the message was sent.
    """
    context = contextvars.copy_context()

    def run() -> dict[str, Any]:
        with app.app_context():
            return work()

    pool = ThreadPoolExecutor(1, "chat")
    done = pool.submit(context.run, run)
    pool.shutdown(wait=False)
    response = Response(map(translate, lines(begun, done)), mimetype=EVENT_STREAM)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def lines(begun: dict[str, Any], done: Future[dict[str, Any]]) -> Iterator[str]:
    """Yield `started`, comments while the work is going on, then its answer or error."""
    yield _event("started", begun)
    while True:
        # Not by the time-out of `result`: the work may raise a TimeoutError of its own.
        if not wait([done], WAIT_SECONDS).done:
            yield ": the plan is being changed\n\n"
            continue
        try:
            yield _event("answer", done.result())
        except CallsheetError as error:
            yield _event("error", {"error_code": error.code, "user_message": error.user_message})
        except Exception:  # the boundary of a thread: nothing else would report it
            log.exception("chat answer failed")
            general = CallsheetError()
            problem = {"error_code": general.code, "user_message": general.user_message}
            yield _event("error", problem)
        return


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
