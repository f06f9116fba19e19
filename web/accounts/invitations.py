"""Invitations to register, each for one account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from web.accounts.errors import InvitationInvalid, InvitationNotFound
from web.accounts.links import link
from web.accounts.models import Invitation, Role
from web.accounts.tokens import digest_of, new_token
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import writing
from web.db.pages import Page, newest_first
from web.notifications import outbox
from web.notifications.mail import Mail
from web.services import Services

LIFETIME: Final = timedelta(days=7)


def create(
    services: Services, actor: Actor, email: str | None, role: Role
) -> tuple[Invitation, str]:
    """Create an invitation; return it with its token, which is shown once.

    A given address gets the link by mail where there is a mail server.
    """
    token = new_token()
    with writing() as db:
        invitation = Invitation(
            digest=digest_of(token), email=email, role=role, expires_at=now() + LIFETIME
        )
        db.add(invitation)
        db.flush()
        log.record(db, actor, "invitation.created", invitation.id, role=role)
        if email is not None and services.settings.notifications.smtp_url:
            outbox.add(db, services, _mail(services, email, token))
    return invitation, token


def require_usable(db: Session, token: str, email: str) -> None:
    """Refuse an invitation that is unknown, used, expired or for another address."""
    found = db.scalar(select(Invitation).where(Invitation.digest == digest_of(token)))
    if found is None or found.used_at is not None or found.expires_at <= now():
        raise InvitationInvalid
    if found.email is not None and found.email != email:
        raise InvitationInvalid


def of_address(db: Session, email: str) -> Invitation | None:
    """Return the oldest invitation for this address that can be used."""
    usable = (
        *(Invitation.email == email, Invitation.used_at.is_(None)),
        Invitation.expires_at > now(),
    )
    return db.scalar(select(Invitation).where(*usable).order_by(Invitation.created_at).limit(1))


def use(db: Session, token: str, user_id: str) -> Invitation:
    """Use an invitation up; of two requests with the same one, one gets it."""
    return use_up(db, digest_of(token), user_id)


def use_up(db: Session, digest: str, user_id: str) -> Invitation:
    """Use up the invitation with this digest."""
    moment = now()
    usable = update(Invitation).where(
        Invitation.digest == digest, Invitation.used_at.is_(None), Invitation.expires_at > moment
    )
    used = cast(CursorResult[Any], db.execute(usable.values(used_at=moment, used_by=user_id)))
    if used.rowcount != 1:
        raise InvitationInvalid
    return db.execute(select(Invitation).where(Invitation.digest == digest)).scalar_one()


def listed(db: Session, cursor: str | None, limit: int) -> Page[Invitation]:
    """List invitations, newest first."""
    return newest_first(db, select(Invitation), Invitation, cursor=cursor, limit=limit)


def revoke(actor: Actor, invitation_id: str) -> None:
    """Delete an invitation that was not used; raises `InvitationNotFound`."""
    with writing() as db:
        mine = Invitation.id == invitation_id, Invitation.used_at.is_(None)
        deleted = cast(CursorResult[Any], db.execute(delete(Invitation).where(*mine)))
        if deleted.rowcount != 1:
            raise InvitationNotFound
        log.record(db, actor, "invitation.revoked", invitation_id)


def _mail(services: Services, email: str, token: str) -> Mail:
    address = link(services.settings, "invitation", token)
    return Mail(
        email,
        "You are invited",
        f"Open this link to create your account: {address}\n\nIt works once, within 7 days.\n",
    )
