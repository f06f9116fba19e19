"""Turn every error into `application/problem+json` (RFC 9457).

`error_code` and `user_message` extend the standard; `error` and `message` repeat them for clients
of the first design. Details for operators go to the log under the request's id.
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
"""Titles of statuses outside the registry: this one belongs to tus."""

# Details about what the caller sent or can change.
_PUBLIC_DETAILS = ("errors", "stages", "credits", "passkey_options")
# Fields of such an error that describe a machine.
_FOR_OPERATORS = frozenset({"why", "remedy"})

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

MOST_ERRORS = 20
"""Errors reported for one request, however many unknown fields it has."""
LONGEST_FIELD = 100


def register(app: Flask) -> None:
    """Answer every error of an application with a problem document and the request's id."""
    app.before_request(_assign_request_id)
    app.after_request(_add_request_id_header)
    app.teardown_request(_clear_log_context)
    app.register_error_handler(CallsheetError, error_response)
    app.register_error_handler(HTTPException, _from_framework)
    app.register_error_handler(Exception, _handle_unexpected)


def request_id() -> str:
    """Return the id of this request in logs and responses."""
    if not has_request_context():
        return ""
    if "request_id" not in g:  # refused before the hook that assigns the id
        _assign_request_id()
    assigned: str = g.request_id
    return assigned


def error_response(error: CallsheetError) -> Response:
    """Create the response with the problem document of an error."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        what = {"error_code": error.code, "reason": str(error.details or error.user_message)}
        log.warning("request failed", extra=what)
    g.error_code = error.code
    text = json.dumps(problem_document(error), ensure_ascii=False)
    # A quoted name may contain surrogates, which UTF-8 cannot encode; JSON escapes can.
    body = text.encode("utf-8", "backslashreplace")
    response = Response(body, error.status, mimetype=MEDIA_TYPE)
    response.headers.extend(error.details.get("headers", {}))
    if error.retryable:
        response.headers["Retry-After"] = str(error.details.get("retry_after", RETRY_AFTER_SECONDS))
    return response


def problem_document(error: CallsheetError) -> dict[str, Any]:
    """Describe an error for callers, without internal details."""
    public = {name: error.details[name] for name in _PUBLIC_DETAILS if name in error.details}
    if "errors" in public:
        public["errors"] = _for_audience(public["errors"])
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
        **public,
        **({"details": public} if public else {}),
    }


def _for_audience(errors: Any) -> Any:
    """Remove what engines report about their machine (paths, hosts) unless an operator asks."""
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
    """Answer an error that Flask, Werkzeug or webargs raised."""
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
        # The outermost level names the part of the request: body, query or headers.
        inner = messages.values() if isinstance(messages, dict) else [messages]
        return _validation_failed(error for part in inner for error in field_errors(part))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CallsheetError()
    if isinstance(messages, dict) and "json" in messages:
        return RequestError("The body of the request is not valid JSON.")
    return BY_STATUS.get(status, RequestError)()


def validation_failed(messages: Any) -> ValidationFailed:
    """Create the error for a schema's messages."""
    return _validation_failed(field_errors(messages))


def _validation_failed(found: Iterator[dict[str, str]]) -> ValidationFailed:
    return ValidationFailed(errors=list(islice(found, MOST_ERRORS)))


def field_errors(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten marshmallow's tree of messages into pairs of field and message."""
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
    what = {"request_id": request_id(), "error": type(error).__name__}
    log.error("unexpected error in a request", exc_info=error, extra=what)
    return CallsheetError()


def _assign_request_id() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    log_context.forget()
    # Addresses contain secret session ids; `web.access` binds the session's name instead.
    log_context.bind(request_id=g.request_id)


def _clear_log_context(_error: BaseException | None) -> None:
    log_context.forget()


def _add_request_id_header(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    return response
