"""Change, export and delete an account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from web.accounts import api_keys, passkeys, registration, reports, second_factor, verification
from web.accounts.models import Login, Org, OrgMember, User, UserIdentity, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.engine import serialise_writers, writing
from web.notifications import outbox
from web.services import Services


def change_email(services: Services, actor: Actor, user_id: str, email: str) -> None:
    """Change the address at once where addresses are not verified; else a link changes it.

    An address that has an account already changes nothing, and the caller does not learn of it.
    """
    with writing() as db:
        serialise_writers(db)
        user = db.get_one(User, user_id)
        log.record(db, actor, "user.email_change", owner_of(user_id))
        if verification.is_on(services.settings):
            outbox.request(db, "verify", email, {"user_id": user_id})
        elif registration.find(db, email) is None:
            user.email, user.verified_at = email, None


def export(db: Session, user_id: str) -> dict[str, Any]:
    """Return everything that is stored about an account itself."""
    user = db.get_one(User, user_id)
    logins = select(Login).where(Login.user_id == user_id).order_by(Login.created_at)
    orgs = (
        select(Org, OrgMember)
        .join(OrgMember, OrgMember.org_id == Org.id)
        .where(OrgMember.user_id == user_id)
    )
    return {
        "account": reports.account(user),
        "organisations": [
            {"org_id": org.id, "name": org.name, "role": member.role, "since": member.created_at}
            for org, member in db.execute(orgs)
        ],
        "logins": [
            reports.login(login) | {"ended_at": login.ended_at} for login in db.scalars(logins)
        ],
        "api_keys": [api_keys.report(key) for key in api_keys.of_user(db, user_id)],
        "identities": [
            {"issuer": one.issuer, "subject": one.subject, "since": one.created_at}
            for one in db.scalars(select(UserIdentity).where(UserIdentity.user_id == user_id))
        ],
        "second_factor": second_factor.report(db, user_id),
        "passkeys": [
            passkeys.report(one) | {"credential_id": one.credential_id}
            for one in passkeys.of_user(db, user_id)
        ],
        "audit": [log.report(entry) for entry in log.about(db, owner_of(user_id))],
    }


def delete_user(db: Session, actor: Actor, user_id: str) -> None:
    """Delete an account with its logins and tokens.

    Its organisation stays without a name, because invoices may refer to it.
    """
    log.record(db, actor, "user.deleted", owner_of(user_id))
    db.execute(delete(User).where(User.id == user_id))
