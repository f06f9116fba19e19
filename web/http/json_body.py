"""Parse the JSON body of a request."""

from __future__ import annotations

from typing import Any

from flask import Request
from webargs.core import is_json, missing
from webargs.flaskparser import FlaskParser

from tasks.domain import strict_json
from tasks.domain.errors import RequestError, ValidationFailed
from tasks.domain.text import forbidden_message
from web.errors import MediaTypeUnsupported

SEND_JSON = "Send JSON, with the header `Content-Type: application/json`."


class JsonBodies(FlaskParser):
    """webargs' parser for Flask with strict JSON."""

    def load_json(self, req: Request, schema: object) -> Any:  # noqa: ARG002  webargs' signature
        """Return the object in the body, or `missing` if the body is empty."""
        sent = req.get_data(cache=True)
        if not sent:
            return missing
        if not is_json(req.mimetype):
            raise MediaTypeUnsupported(SEND_JSON)
        try:
            found = strict_json.loads(sent)
        except strict_json.NulInJson as error:
            message = forbidden_message("U+0000")
            raise ValidationFailed(errors=[{"field": error.field, "message": message}]) from None
        except strict_json.InvalidJson as error:
            raise RequestError(f"The body of the request cannot be read. {error}") from None
        if not isinstance(found, dict):
            raise RequestError("Send a JSON object: names and values in braces.")
        return found


def peek(req: Request) -> dict[str, Any]:
    """Return the object in the body before validation; empty if it cannot be parsed."""
    try:
        found = JsonBodies().load_json(req, None)
    except RequestError:
        return {}
    return found if isinstance(found, dict) else {}
