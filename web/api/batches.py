"""Batches: many videos from one template."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from web.access import owners, scopes
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.batches import Batch, Batches, CreateBatch, SearchBatches, StartBatch
from web.batches import batches as records
from web.batches import reports
from web.batches.batches import NewBatch
from web.db.engine import reading
from web.http.authentication import authenticated
from web.http.senders import sender
from web.jobs import idempotency
from web.projects.projects import Keeper
from web.services import current_services

batches = Blueprint("batches", __name__, description="Many videos from one template.")

PATH = "/api/batches/<batch_id>"
_KEY = {
    "in": "header",
    "name": idempotency.HEADER,
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    "description": "The same key and manifest return the batch that exists.",
}


@batches.post("/api/batches")
@batches.doc(parameters=[_KEY])
@batches.arguments(CreateBatch)
@batches.response(201, Batch)
@batches.alt_response(200, schema=Batch, description="The batch of an earlier request")
@documented_errors(batches, 401, "SESSION_REQUIRED", "LOGIN_REQUIRED")
@documented_errors(batches, 404, "PROJECT_NOT_FOUND", "MODEL_NOT_FOUND")
@documented_errors(batches, 409, "PLAN_MISSING")
@documented_errors(
    *(batches, 422, "MANIFEST_INVALID", "PLAN_INVALID", "NO_MODEL_FITS", "MODEL_CLOSED"),
    *("VALIDATION_FAILED", "IDEMPOTENCY_KEY_REUSED"),
)
@documented_errors(batches, 429, "PROJECT_LIMIT")
@documented_errors(batches, 503, "ENGINE_UNAVAILABLE")
def create(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Create a batch and get its quote; nothing is started"""
    services = current_services()
    keeper = Keeper(scopes.require_library(), owners.organisation(), sender(services))
    key = idempotency.key(request.headers.get(idempotency.HEADER))
    wanted = NewBatch(sent["template"], records.read(sent), sent["name"], key)
    batch, is_new = records.create(services, keeper, wanted)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return _entry(batch.id), status, {"Location": f"/api/batches/{batch.id}"}


@batches.get("/api/batches")
@batches.arguments(SearchBatches, location="query")
@batches.response(200, Batches)
@documented_errors(batches, 401, "SESSION_REQUIRED")
@documented_errors(batches, 422, "VALIDATION_FAILED")
def find_all(sent: dict[str, Any]) -> dict[str, Any]:
    """List your batches, newest first"""
    owner = scopes.require_library()
    with reading() as db:
        page = records.page(db, owner, sent.get("cursor"), sent["limit"])
        shown = [reports.entry(db, batch, with_videos=False) for batch in page.rows]
    return {"batches": shown, "next_cursor": page.next_cursor}


@batches.get(PATH)
@batches.response(200, Batch)
@documented_errors(batches, 401, "SESSION_REQUIRED")
@documented_errors(batches, 404, "BATCH_NOT_FOUND")
def get(batch_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Get a batch and its videos; `Retry-After` says when to ask again"""
    with reading() as db:
        batch = records.find(db, batch_id)
        later = reports.retry_after(db, batch)
        headers = {} if later is None else {"Retry-After": str(later)}
        return reports.entry(db, batch), HTTPStatus.OK, headers


@batches.post(f"{PATH}/start")
@batches.arguments(StartBatch, required=False)
@batches.response(202, Batch)
@documented_errors(batches, 401, "SESSION_REQUIRED")
@documented_errors(batches, 404, "BATCH_NOT_FOUND")
@documented_errors(batches, 409, "BATCH_STATE", "PLAN_CHANGED")
@documented_errors(batches, 422, "VALIDATION_FAILED")
def start(sent: dict[str, Any], batch_id: str) -> tuple[dict[str, Any], int]:
    """Confirm the quote and make the videos; resumes a paused batch, and failed videos"""
    key_id = authenticated().key_id or ""
    most = sent.get("max_credits")
    records.start(current_services(), batch_id, sent.get("quote_id"), most, key_id)
    return _entry(batch_id), HTTPStatus.ACCEPTED


@batches.post(f"{PATH}/cancel")
@batches.response(202, Batch)
@documented_errors(batches, 401, "SESSION_REQUIRED")
@documented_errors(batches, 404, "BATCH_NOT_FOUND")
def cancel(batch_id: str) -> tuple[dict[str, Any], int]:
    """Start no more videos of a batch, and cancel those in progress"""
    records.cancel(current_services(), batch_id)
    return _entry(batch_id), HTTPStatus.ACCEPTED


def _entry(batch_id: str) -> dict[str, Any]:
    with reading() as db:
        return reports.entry(db, records.find(db, batch_id))
