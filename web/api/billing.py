"""Credits: the balance, transactions, estimates, receipts and budgets of the caller."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import redis
from flask import Response

from tasks.domain.errors import NotReady
from tasks.domain.job import JobOptions
from web.access import guard, owners, presented
from web.access.actor import current_actor
from web.access.principal import accounts_only, admins_only, users_only
from web.analytics import traffic
from web.api.blueprint import Blueprint
from web.api.clips import quote_clip
from web.api.documented_errors import documented_errors
from web.api.schemas.billing import (
    Budget,
    Budgets,
    CreditEstimate,
    Credits,
    CreditTransactions,
    CreditUsage,
    CreditUsageSearch,
    GrantCredits,
    PageSearch,
    Receipt,
    SetBudget,
)
from web.api.schemas.quotes import EstimateJob
from web.billing import allowances, budgets, grants, offers, reports, usage_report
from web.billing.errors import BillingOff
from web.billing.grants import Change
from web.billing.usage_report import Wanted
from web.db.columns import now
from web.db.engine import reading
from web.http.authentication import authenticated
from web.jobs import modes
from web.jobs import quotes as job_quotes
from web.services import current_services

billing = Blueprint("billing", __name__, url_prefix="/api", description="Credits.")


@billing.before_request
def _require_billing() -> None:
    if not current_services().settings.billing.is_on:
        raise BillingOff


@billing.get("/credits")
@billing.response(200, Credits)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 404, "BILLING_OFF")
@accounts_only
def balance() -> dict[str, Any]:
    """Get your credits"""
    allowances.give_due(current_services(), _owner())
    with reading() as db:
        return reports.credits(db, _owner())


@billing.get("/credits/transactions")
@billing.arguments(PageSearch, location="query")
@billing.response(200, CreditTransactions)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 404, "BILLING_OFF")
@documented_errors(billing, 422, "VALIDATION_FAILED")
@accounts_only
def transactions(sent: dict[str, Any]) -> dict[str, Any]:
    """List what moved your credits, newest first"""
    with reading() as db:
        page = reports.transactions(db, _owner(), sent.get("cursor"), sent["limit"])
    listed = [reports.transaction(row) for row in page.rows]
    return {"transactions": listed, "next_cursor": page.next_cursor}


@billing.post("/estimate")
@billing.arguments(EstimateJob)
@billing.response(200, CreditEstimate)
@documented_errors(billing, 404, "BILLING_OFF", "SESSION_NOT_FOUND", "MODEL_NOT_FOUND")
@documented_errors(
    *(billing, 422, "VALIDATION_FAILED", "LICENCE_NON_COMMERCIAL"),
    *("MODEL_CLOSED", "NO_MODEL_FITS"),
)
@documented_errors(billing, 503, "NOT_READY", "ENGINE_UNAVAILABLE")
def estimate(sent: dict[str, Any]) -> dict[str, Any]:
    """Estimate a job in credits, and get a quote that is valid for 15 minutes"""
    if "clip" in sent:
        return quote_clip(sent["clip"])
    sent.pop("pipeline")
    services = current_services()
    given = sent.pop("session_id", None)
    session = None if given is None else presented.session(given)
    options = JobOptions(**({"mode": modes.current_mode(services)} | sent))
    uploads = job_quotes.newest_uploads(session)
    try:
        traffic.note_estimate(services.redis, owners.of_request() or session)
        job = job_quotes.quote(services, options, session)
    except redis.RedisError:
        raise NotReady from None
    return offers.estimate(services, options, uploads, owners.of_request()) | {"job": job}


@billing.get("/jobs/<job_id>/receipt")
@billing.response(200, Receipt)
@documented_errors(billing, 401, "SESSION_REQUIRED")
@documented_errors(billing, 404, "BILLING_OFF", "JOB_NOT_FOUND", "RECEIPT_NOT_FOUND")
def receipt(job_id: str) -> dict[str, Any]:
    """Get the receipt of a job: what each run cost, and what was free"""
    with reading() as db:
        return reports.receipt(db, job_id)


@billing.get("/usage")
@billing.arguments(CreditUsageSearch, location="query")
@billing.response(200, CreditUsage)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 404, "BILLING_OFF")
@documented_errors(billing, 422, "VALIDATION_FAILED")
@accounts_only
def usage(sent: dict[str, Any]) -> dict[str, Any] | Response:
    """Get what you used, by day, engine, API key or project; as JSON or CSV"""
    today = now().date()
    first = sent.get("first", today - timedelta(days=30))
    wanted = Wanted(first, sent.get("last", today), sent["group_by"])
    with reading() as db:
        rows = usage_report.of_owner(db, _owner(), wanted)
    if sent["format"] == "csv":
        response = Response(usage_report.to_csv(rows), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="usage.csv"'
        return response
    total = round(sum(row["credits"] for row in rows), 6)
    return {"group_by": wanted.group_by, "credits": total, "rows": rows}


@billing.get("/budgets")
@billing.response(200, Budgets)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 404, "BILLING_OFF")
@accounts_only
def list_budgets() -> dict[str, Any]:
    """List your budgets and what is used of them"""
    at = now()
    with reading() as db:
        return {"budgets": [budgets.report(row, at) for row in budgets.listed(db, _owner())]}


@billing.put("/budgets")
@billing.arguments(SetBudget)
@billing.response(200, Budget)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(billing, 404, "BILLING_OFF", "API_KEY_NOT_FOUND", "PROJECT_NOT_FOUND")
@documented_errors(billing, 422, "VALIDATION_FAILED")
@users_only
def put_budget(sent: dict[str, Any]) -> dict[str, Any]:
    """Set a budget of your account, an API key or a project of yours, by day or month"""
    project_id = sent.get("project_id", "")
    if project_id:
        guard.require_own_project(project_id)
    budget = budgets.put(
        current_actor(),
        authenticated().user_id or "",
        sent.get("key_id", ""),
        sent["period"],
        sent["credits"],
        project_id=project_id,
    )
    return budgets.report(budget, now())


@billing.delete("/budgets/<budget_id>")
@billing.response(204)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(billing, 404, "BILLING_OFF", "BUDGET_NOT_FOUND")
@users_only
def delete_budget(budget_id: str) -> None:
    """Delete a budget of yours"""
    budgets.delete(current_actor(), _owner(), budget_id)


@billing.get("/admin/users/<user_id>/credits")
@billing.response(200, Credits)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 403, "ADMINS_ONLY")
@documented_errors(billing, 404, "BILLING_OFF", "USER_NOT_FOUND")
@admins_only
def show_credits(user_id: str) -> dict[str, Any]:
    """Get the credits of a user (administrators)"""
    with reading() as db:
        return reports.credits(db, grants.user_owner(db, user_id))


@billing.post("/admin/users/<user_id>/credits")
@billing.arguments(GrantCredits)
@billing.response(200, Credits)
@documented_errors(billing, 401, "LOGIN_REQUIRED")
@documented_errors(billing, 402, "CREDITS_NEEDED")
@documented_errors(billing, 403, "ADMINS_ONLY")
@documented_errors(billing, 404, "BILLING_OFF", "USER_NOT_FOUND")
@documented_errors(billing, 422, "VALIDATION_FAILED")
@admins_only
def grant(sent: dict[str, Any], user_id: str) -> dict[str, Any]:
    """Give credits to a user, or take some away (administrators)"""
    with reading() as db:
        owner = grants.user_owner(db, user_id)
    change = Change(sent["credits"], sent["note"], sent.get("reference"))
    give = grants.grant if change.micro > 0 else grants.adjust
    give(current_actor(), owner, change)
    with reading() as db:
        return reports.credits(db, owner)


def _owner() -> str:
    """Return the owner whose credits these are."""
    return authenticated().owner or ""
