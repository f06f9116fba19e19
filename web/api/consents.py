"""The routes of consents: keep, list, revoke."""

from __future__ import annotations

from typing import Any

from web.access import owners, scopes
from web.access.actor import current_actor
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.trust import ConsentPage, ConsentRecord, CreateConsent, PageSearch
from web.db.engine import reading
from web.services import current_services
from web.trust import consents as kept

consents = Blueprint(
    "consents", __name__, url_prefix="/api/consents", description="Consents of people shown."
)


def _owner() -> str:
    return scopes.of_request(None, None).owner


@consents.get("")
@consents.arguments(PageSearch, location="query")
@consents.response(200, ConsentPage)
@documented_errors(consents, 401, "SESSION_REQUIRED")
@documented_errors(consents, 404, "SESSION_NOT_FOUND")
def listing(search: dict[str, Any]) -> dict[str, Any]:
    """List your consents, newest first"""
    cursor, limit = search.get("cursor"), search["limit"]
    page = kept.page(_owner(), cursor=cursor, limit=limit)
    found = kept.reports(current_services(), page.rows)
    return {"consents": found, "next_cursor": page.next_cursor}


@consents.post("")
@consents.arguments(CreateConsent)
@consents.response(201, ConsentRecord)
@documented_errors(consents, 401, "SESSION_REQUIRED")
@documented_errors(consents, 404, "SESSION_NOT_FOUND")
@documented_errors(consents, 422, "VALIDATION_FAILED")
def create(sent: dict[str, Any]) -> dict[str, Any]:
    """Keep the consent of a person; jobs name it for their face or voice"""
    evidence = sent.pop("evidence_upload_id", None)
    new = kept.NewConsent(**sent)
    services, actor = current_services(), current_actor()
    of = (services, actor, _owner(), owners.organisation())
    row = kept.create(*of, new=new, evidence=evidence)
    return kept.report(services, row)


@consents.get("/<consent_id>")
@consents.response(200, ConsentRecord)
@documented_errors(consents, 401, "SESSION_REQUIRED")
@documented_errors(consents, 404, "SESSION_NOT_FOUND", "CONSENT_NOT_FOUND")
def get(consent_id: str) -> dict[str, Any]:
    """Get a consent"""
    with reading() as db:
        row = kept.find(db, _owner(), consent_id)
    return kept.report(current_services(), row)


@consents.post("/<consent_id>/revoke")
@consents.response(200, ConsentRecord)
@documented_errors(consents, 401, "SESSION_REQUIRED")
@documented_errors(consents, 404, "SESSION_NOT_FOUND", "CONSENT_NOT_FOUND")
def revoke(consent_id: str) -> dict[str, Any]:
    """Revoke a consent; jobs that used it are cancelled and their files blocked"""
    services, actor = current_services(), current_actor()
    return kept.report(services, kept.revoke(services, actor, _owner(), consent_id))
