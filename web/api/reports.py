"""The routes of reports: anyone reports a video, operators decide."""

from __future__ import annotations

from typing import Any, Final

from flask import request
from marshmallow import ValidationError, fields

from tasks.domain.errors import ValidationFailed
from web.access.actor import current_actor
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.multipart import FORM, Received, received
from web.api.schemas.files import BINARY
from web.api.schemas.trust import (
    NewReport,
    ReportDecision,
    ReportDetails,
    ReportPage,
    ReportSearch,
    ReportState,
    ReportStatistics,
    ReportWithdrawal,
    ReportWithToken,
)
from web.db.engine import reading
from web.http.errors import validation_failed
from web.http.operators import operators_only
from web.http.senders import sender
from web.services import current_services
from web.sessions.limits import require_upload_space
from web.trust import reports as desk

reports = Blueprint(
    "reports", __name__, url_prefix="/api/reports", description="Reports of people shown."
)
TOKEN_HEADER: Final = "X-Report-Token"  # noqa: S105  a header's name


class ReportForm(NewReport):
    """The whole form: the fields of a report, and the video itself or a link to it."""

    OPENAPI: dict[str, Any] = {  # noqa: RUF012
        "anyOf": [
            {"required": ["file"]},
            {"required": ["link"], "properties": {"link": {"minLength": 1}}},
        ]
    }

    file = fields.Raw(metadata=BINARY)


_FORM: Final = {"required": True, "content": {FORM: {"schema": ReportForm}}}


@reports.post("")
@reports.doc(requestBody=_FORM)
@reports.response(201, ReportWithToken)
@documented_errors(reports, 413, "REQUEST_TOO_LARGE")
@documented_errors(reports, 415, "UNSUPPORTED_MEDIA_TYPE")
@documented_errors(reports, 422, "VALIDATION_FAILED")
@documented_errors(reports, 429, "RATE_LIMITED")
@documented_errors(reports, 503, "NOT_READY", "SERVER_FULL")
def create() -> dict[str, Any]:
    """Report a video that shows you, with the file or a link to it

    Operators decide within 48 hours. The file itself is not kept, only its fingerprint.
    """
    held = current_services()
    require_upload_space(held)
    limit = held.settings.trust.verify_max_mb * 1024**2
    with received(held.settings.path("temp"), limit) as form:
        new = _parsed(form)
        path = form.files["file"][0] if "file" in form.files else None
        if path is None and not new.link:
            message = "Send the file, or a link to it."
            raise ValidationFailed(errors=[{"field": "file", "message": message}])
        row, token = desk.create(held, new, path, sender(held))
    return desk.shown(row) | {"token": token}


def _parsed(form: Received) -> desk.NewReport:
    try:
        return desk.NewReport(**NewReport().load(form.fields))
    except ValidationError as error:
        raise validation_failed(error.messages) from None


@reports.get("")
@reports.arguments(ReportSearch, location="query")
@reports.response(200, ReportPage)
@documented_errors(reports, 403, "OPERATORS_ONLY")
@operators_only
def listing(search: dict[str, Any]) -> dict[str, Any]:
    """List reports, newest first (operators)"""
    page = desk.page(state=search.get("state"), cursor=search.get("cursor"), limit=search["limit"])
    return {"reports": list(map(desk.in_full, page.rows)), "next_cursor": page.next_cursor}


@reports.get("/statistics")
@reports.response(200, ReportStatistics)
@documented_errors(reports, 403, "OPERATORS_ONLY")
@operators_only
def statistics() -> dict[str, Any]:
    """Get figures for a transparency report (operators)"""
    return desk.statistics()


@reports.get("/<report_id>/state")
@reports.doc(parameters=[{"in": "header", "name": TOKEN_HEADER, "schema": {"type": "string"}}])
@reports.response(200, ReportState)
@documented_errors(reports, 404, "REPORT_NOT_FOUND")
def state(report_id: str) -> dict[str, Any]:
    """Get the state of a report with its token"""
    return desk.shown(desk.of_reporter(report_id, request.headers.get(TOKEN_HEADER, "")))


@reports.get("/<report_id>")
@reports.response(200, ReportDetails)
@documented_errors(reports, 403, "OPERATORS_ONLY")
@documented_errors(reports, 404, "REPORT_NOT_FOUND")
@operators_only
def get(report_id: str) -> dict[str, Any]:
    """Get a report (operators)"""
    with reading() as db:
        return desk.in_full(desk.find(db, report_id))


@reports.post("/<report_id>/withdraw")
@reports.arguments(ReportWithdrawal, required=False)
@reports.response(200, ReportDetails)
@documented_errors(reports, 403, "OPERATORS_ONLY")
@documented_errors(reports, 404, "REPORT_NOT_FOUND")
@documented_errors(reports, 409, "REPORT_DECIDED")
@operators_only
def withdraw(sent: dict[str, Any], report_id: str) -> dict[str, Any]:
    """Withdraw the reported videos and block what they were made from (operators)"""
    note, jobs = sent.get("note", ""), sent.get("jobs")
    return desk.in_full(desk.withdraw(current_services(), current_actor(), report_id, note, jobs))


@reports.post("/<report_id>/reject")
@reports.arguments(ReportDecision, required=False)
@reports.response(200, ReportDetails)
@documented_errors(reports, 403, "OPERATORS_ONLY")
@documented_errors(reports, 404, "REPORT_NOT_FOUND")
@documented_errors(reports, 409, "REPORT_DECIDED")
@operators_only
def reject(sent: dict[str, Any], report_id: str) -> dict[str, Any]:
    """Close a report without a withdrawal (operators)"""
    note = sent.get("note", "")
    return desk.in_full(desk.reject(current_services(), current_actor(), report_id, note))
