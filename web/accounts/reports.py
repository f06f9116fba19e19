"""Describe accounts as the API returns them."""

from __future__ import annotations

from typing import Any

from web.accounts.models import Invitation, Login, User
from web.accounts.plans import Plan


def account(user: User) -> dict[str, Any]:
    """Describe an account to its owner."""
    return {
        "user_id": user.id,
        "email": user.email,
        "role": user.role,
        "plan": user.plan,
        "org_id": user.org_id,
        "verified": user.verified_at is not None,
        "has_password": user.password_hash is not None,
        "created_at": user.created_at,
    }


def limits(plan: Plan) -> dict[str, Any]:
    """Describe what a plan allows."""
    return {
        "requests_a_minute": plan.requests_a_minute,
        "jobs": plan.jobs,
        "storage_bytes": plan.storage_bytes,
        "api_keys": plan.api_keys,
    }


def login(login: Login, current: str | None = None) -> dict[str, Any]:
    """Describe a login to its owner."""
    return {
        "id": login.id,
        "device": login.device,
        "created_at": login.created_at,
        "seen_at": login.seen_at,
        "expires_at": login.expires_at,
        "current": login.id == current,
    }


def managed(user: User) -> dict[str, Any]:
    """Describe an account to administrators."""
    return account(user) | {"suspended": user.suspended_at is not None}


def invitation(one: Invitation) -> dict[str, Any]:
    """Describe an invitation to administrators, without its token."""
    return {
        "id": one.id,
        "email": one.email,
        "role": one.role,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "used_at": one.used_at,
        "used_by": one.used_by,
    }
