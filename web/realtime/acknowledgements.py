"""Acknowledgements of client events over Socket.IO."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from tasks.domain.errors import CallsheetError, RequestError, ValidationFailed
from tasks.domain.text import find_forbidden, forbidden_message

log = logging.getLogger(__name__)


def _require_text(sent: dict[Any, Any]) -> None:
    """Refuse forbidden characters in a message's text fields, as in request bodies."""
    faults = ((name, find_forbidden(text)) for name, text in sent.items() if isinstance(text, str))
    errors = [{"field": name, "message": forbidden_message(code)} for name, code in faults if code]
    if errors:
        raise ValidationFailed(errors=errors)


def answering(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Turn a handler's result or error into an acknowledgement."""

    def acknowledge(sent: object = None, *_: object) -> dict[str, Any]:
        try:
            if not isinstance(sent, dict):
                raise RequestError("Send an object with `session_id`.")
            _require_text(sent)
            return {"ok": True, **handle(sent)}
        except CallsheetError as error:
            return error_payload(error)
        except Exception:
            log.exception("Socket.IO event handler failed")
            return error_payload(CallsheetError())

    return acknowledge


def error_payload(error: CallsheetError) -> dict[str, Any]:
    """Return an error's acknowledgement, with the code and message of the REST response."""
    extra = {"errors": error.details["errors"]} if "errors" in error.details else {}
    return {"ok": False, "error_code": error.code, "user_message": error.user_message, **extra}
