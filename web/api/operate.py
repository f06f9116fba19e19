"""Signing an operator's browser in and out. Programs send the token with each request instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.operate import Link, Proof, SignedIn
from web.errors import OperatorsOnly
from web.http.operators import is_operator, operators_only, sign_ins
from web.http.signing_in import LINK_SECONDS, SIGNED_IN_SECONDS

operate = Blueprint("operate", __name__, description="Signing operators' browsers in.")


@operate.post("/operate/links")
@operate.response(201, Link)
@documented_errors(operate, 403, "OPERATORS_ONLY")
@documented_errors(operate, 503, "NOT_READY")
@operators_only
def make_link() -> dict[str, Any]:
    """Make a link that signs one browser in, once"""
    code = sign_ins().make_link()
    return {"path": f"/operate#link={code}", "seconds": LINK_SECONDS}


@operate.post("/operate/sign-in")
@operate.arguments(Proof)
@operate.response(200, SignedIn)
@documented_errors(operate, 403, "OPERATORS_ONLY", "OPERATOR_LINK_EXPIRED", "ORIGIN_NOT_ALLOWED")
@documented_errors(operate, 503, "NOT_READY")
def sign_in(proof: dict[str, str]) -> Response:
    """Exchange a link's code or the operator token for a cookie"""
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
def sign_out() -> Response:
    """Sign this browser out"""
    response = Response(status=204)
    sign_ins().sign_out(response)
    return response
