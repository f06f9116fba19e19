"""Create and find accounts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.accounts import invitations, passwords
from web.accounts.errors import RegistrationClosed
from web.accounts.models import Org, OrgMember, Role, User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.engine import reading, serialise_writers, writing
from web.errors import LoginRequired
from web.notifications import outbox
from web.services import Services


def register(
    services: Services, actor: Actor, email: str, password: str, invitation: str | None = None
) -> User | None:
    """Create the account of this address; None if it has one already.

    Both cases hash the password, write one entry and queue one mail, so that they take the same
    time.
    """
    _require_open(services, email, invitation)
    password_hash = passwords.hashed(services.settings.accounts.password_hash, password)
    with writing() as db:
        serialise_writers(db)
        if services.settings.notifications.smtp_url:
            outbox.request(db, "registered", email, {})
        known = find(db, email)
        if known is not None:
            log.record(db, actor, "user.registered_again", owner_of(known.id))
            return None
        user = create(db, email, password_hash)
        if invitation is not None:
            user.role = invitations.use(db, invitation, user.id).role
        log.record(db, actor, "user.registered", owner_of(user.id))
        return user


def _require_open(services: Services, email: str, invitation: str | None) -> None:
    mode = services.settings.accounts.registration
    if mode == "closed" or (mode == "invite" and invitation is None):
        raise RegistrationClosed
    if invitation is not None:
        with reading() as db:
            invitations.require_usable(db, invitation, email)


def create(db: Session, email: str, password_hash: str | None = None, role: Role = "user") -> User:
    """Add a user with a personal organisation."""
    org = Org(name="Personal")
    db.add(org)
    db.flush()
    user = User(email=email, password_hash=password_hash, role=role, org_id=org.id)
    db.add(user)
    db.flush()
    db.add(OrgMember(org_id=org.id, user_id=user.id))
    db.flush()
    return user


def find(db: Session, email: str) -> User | None:
    """Find a user by a normalised address."""
    return db.scalar(select(User).where(User.email == email))


def get(user_id: str | None) -> User:
    """Return a user; raises `LoginRequired` if the account has been deleted meanwhile."""
    with reading() as db:
        user = db.get(User, user_id)
    if user is None:
        raise LoginRequired
    return user
