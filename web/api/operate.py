"""Sign an operator's browser in and out; programs send the token with each request instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify
from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from web.api import overviews
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.operations import Span
from web.api.schemas.overview import Overview
from web.api.schemas.text import Text
from web.errors import OperatorsOnly
from web.http.authentication import credentials_optional, sign_ins
from web.http.operators import is_operator, operators_only
from web.http.signing_in import LINK_SECONDS, SIGNED_IN_SECONDS
from web.services import current_services

_SHORT = validate.Length(1, 500)


class OperatorLink(Schema):
    """A link that signs in one browser, once."""

    path = Text(
        required=True,
        metadata={"description": "Path on this server; the part after `#` is secret."},
    )
    seconds = fields.Integer(required=True, metadata={"description": "How long the link is valid."})


class OperatorSignIn(Schema):
    """A sign-in request with either a link's code or the operator token."""

    OPENAPI = {  # noqa: RUF012
        "oneOf": [
            {"title": "A link", "required": ["link"]},
            {"title": "A token", "required": ["token"]},
        ]
    }

    class Meta:
        unknown = RAISE

    link = Text(validate=_SHORT, metadata={"description": "The code of a link."})
    token = Text(validate=_SHORT, metadata={"description": "The operator token."})

    @validates_schema
    def _is_one(self, sent: dict[str, Any], **_: Any) -> None:
        if len(sent) != 1:
            raise ValidationError("Send either `link` or `token`.", "token")


class OperatorSignedIn(Schema):
    """The answer to a sign-in, which sets the cookie."""

    expires_at = fields.DateTime(required=True)


operate = Blueprint("operate", __name__, description="Signing in to the operators' page.")


@operate.post("/operate/links")
@operate.response(201, OperatorLink)
@documented_errors(operate, 403, "OPERATORS_ONLY")
@documented_errors(operate, 503, "NOT_READY")
@operators_only
def make_link() -> dict[str, Any]:
    """Create a link that signs in one browser, once"""
    code = sign_ins().make_link()
    return {"path": f"/operate#link={code}", "seconds": LINK_SECONDS}


@operate.get("/operate/overview")
@operate.arguments(Span, location="query")
@operate.response(200, Overview)
@documented_errors(operate, 403, "OPERATORS_ONLY")
@documented_errors(operate, 503, "NOT_READY")
@operators_only
def overview(span: dict[str, Any]) -> dict[str, Any]:
    """Get everything that the operators' page shows, in one request"""
    return overviews.overview(current_services(), span["hours"])


@operate.post("/operate/sign-in")
@operate.arguments(OperatorSignIn)
@operate.response(200, OperatorSignedIn)
@documented_errors(operate, 403, "OPERATORS_ONLY", "OPERATOR_LINK_EXPIRED", "ORIGIN_NOT_ALLOWED")
@documented_errors(operate, 503, "NOT_READY")
@credentials_optional
def sign_in(proof: dict[str, str]) -> Response:
    """Sign a browser in with a link's code or the operator token"""
    if "link" in proof:
        sign_ins().use_link(proof["link"])
    elif not is_operator(proof["token"]):
        raise OperatorsOnly
    until = datetime.now(UTC) + timedelta(seconds=SIGNED_IN_SECONDS)
    response = jsonify({"expires_at": until.isoformat()})
    sign_ins().sign_in(response)
    return response


@operate.post("/operate/sign-out")
@operate.response(204)
@documented_errors(operate, 403, "ORIGIN_NOT_ALLOWED")
@documented_errors(operate, 503, "NOT_READY")
@credentials_optional
def sign_out() -> Response:
    """Sign a browser out"""
    response = Response(status=204)
    sign_ins().sign_out(response)
    return response
