"""Every error leaves as `application/problem+json` (RFC 9457), whatever raised it.

`error_code` and `user_message` are ours; `error` and `message` are the same two for front
ends of the first design. What an operator needs goes to the log under the request's id.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from config import log_context
from tasks.domain.errors import CallsheetError, RequestError, ValidationFailed
from web.errors import BY_STATUS, RequestTooSlow
from web.http.audience import is_for_operator

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

_TITLES = {460: "Checksum Mismatch"}
"""Of tus, and in no registry."""

# Of an error's details, these are about what the caller sent or can change.
_FOR_CALLERS = ("errors", "stages")
# Of one of those errors, these are about a machine.
_FOR_OPERATORS = frozenset({"why", "remedy"})

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

MOST_ERRORS = 20
"""Of one request; whoever sends a thousand unknown fields is not read them all back."""
LONGEST_FIELD = 100


def register(app: Flask) -> None:
    """Answer every error of this application in our shape, under the request's id."""
    app.before_request(_name_request)
    app.after_request(_add_request_id_header)
    app.teardown_request(_clear_log_context)
    app.register_error_handler(CallsheetError, error_response)
    app.register_error_handler(HTTPException, _from_framework)
    app.register_error_handler(Exception, _handle_unexpected)


def request_id() -> str:
    """The id under which the log speaks of this request."""
    if not has_request_context():
        return ""
    if "request_id" not in g:  # refused before it was our turn to name it
        _name_request()
    held: str = g.request_id
    return held


def error_response(error: CallsheetError) -> Response:
    """The problem document of an error."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("%s: %s", error.code, error.details or error.user_message)
    g.error_code = error.code
    text = json.dumps(problem_document(error), ensure_ascii=False)
    # A name that was sent may have no UTF-8; what Python writes for it is its JSON escape.
    body = text.encode("utf-8", "backslashreplace")
    response = Response(body, error.status, mimetype=MEDIA_TYPE)
    response.headers.extend(error.details.get("headers", {}))
    if error.retryable:
        response.headers["Retry-After"] = str(error.details.get("retry_after", RETRY_AFTER_SECONDS))
    return response


def problem_document(error: CallsheetError) -> dict[str, Any]:
    """What callers read of an error: its code and sentence, and nothing of our insides."""
    told = {name: error.details[name] for name in _FOR_CALLERS if name in error.details}
    if "errors" in told:
        told["errors"] = _for_audience(told["errors"])
    return {
        "type": f"/docs#{error.code}",
        "title": _TITLES.get(error.status) or HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.user_message,
        "error_code": error.code,
        "user_message": error.user_message,
        "error": error.code,
        "message": error.user_message,
        "request_id": request_id(),
        **told,
        **({"details": told} if told else {}),
    }


def _for_audience(errors: Any) -> Any:
    """What an engine says of its machine may name paths and hosts; only operators read it."""
    if not any(_is_about_machine(error) for error in errors) or is_for_operator():
        return errors
    return [
        {name: value for name, value in error.items() if name not in _FOR_OPERATORS}
        if _is_about_machine(error)
        else error
        for error in errors
    ]


def _is_about_machine(error: Any) -> bool:
    return isinstance(error, Mapping) and not _FOR_OPERATORS.isdisjoint(error)


def _from_framework(refused: HTTPException) -> Response:
    """A refusal by Flask, Werkzeug or webargs, in our words."""
    if refused.code is None or refused.code < HTTPStatus.BAD_REQUEST:
        return Response(refused.get_response().get_data(), refused.code or 500)
    if isinstance(refused, ClientDisconnected):
        return error_response(RequestTooSlow())
    messages = getattr(refused, "data", {}).get("messages")
    response = error_response(_translate(refused.code, messages))
    for name, value in refused.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _translate(status: int, messages: Any) -> CallsheetError:
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and messages:
        # The outermost level says where it was looked for: body, query, headers.
        inner = messages.values() if isinstance(messages, dict) else [messages]
        return _validation_failed(error for part in inner for error in field_errors(part))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CallsheetError()
    if isinstance(messages, dict) and "json" in messages:
        return RequestError("The body of the request is not valid JSON.")
    return BY_STATUS.get(status, RequestError)()


def validation_failed(messages: Any) -> ValidationFailed:
    """The refusal of a schema, as an error of ours."""
    return _validation_failed(field_errors(messages))


def _validation_failed(found: Iterator[dict[str, str]]) -> ValidationFailed:
    errors = list(islice(found, MOST_ERRORS))
    fields = ", ".join(sorted({error["field"] for error in errors}))
    return ValidationFailed(f"These fields are missing or wrong: {fields}.", errors=errors)


def field_errors(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Marshmallow's tree of messages as a flat list of field and sentence."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from field_errors(inner, f"{path}.{name}" if path else str(name))
    else:
        sentences = messages if isinstance(messages, list) else [messages]
        for sentence in sentences:
            yield {"field": path[:LONGEST_FIELD], "message": str(sentence)}


def _handle_unexpected(error: Exception) -> Response:
    return error_response(known_error(error))


def known_error(error: Exception) -> CallsheetError:
    """Return an error of our own tree as it is; log any other and return an internal error."""
    if isinstance(error, CallsheetError):
        return error
    log.error("%s: unexpected %s", request_id(), type(error).__name__, exc_info=error)
    return CallsheetError()


def _name_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    log_context.forget()
    # What an address says of a session is a secret: `web.access` binds names once it knows them.
    log_context.bind(request_id=g.request_id)


def _clear_log_context(_error: BaseException | None) -> None:
    log_context.forget()


def _add_request_id_header(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response
