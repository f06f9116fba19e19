"""The identities that are connected to an account: listed and disconnected."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from web.accounts import providers, ways_in
from web.accounts.errors import IdentityNotFound
from web.accounts.factor_notices import tell
from web.accounts.models import UserIdentity, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.engine import serialise_writers, writing
from web.services import Services


def of_user(db: Session, user_id: str) -> list[UserIdentity]:
    """List the identities of a user, oldest first."""
    mine = select(UserIdentity).where(UserIdentity.user_id == user_id)
    return list(db.scalars(mine.order_by(UserIdentity.created_at, UserIdentity.subject)))


def report(settings: Settings, one: UserIdentity) -> dict[str, Any]:
    """Describe an identity to its owner; `provider` is empty if it is not set up any more."""
    name = providers.name_of(settings, one.issuer)
    return {"id": one.id, "provider": name, "issuer": one.issuer, "since": one.created_at}


def remove(services: Services, actor: Actor, user_id: str, identity_id: str) -> None:
    """Disconnect an identity from its user, unless nothing else would sign the user in."""
    with writing() as db:
        serialise_writers(db)
        found = next((one for one in of_user(db, user_id) if one.id == identity_id), None)
        if found is None:
            raise IdentityNotFound
        ways_in.require_another(db, user_id, without_identity=(found.issuer, found.subject))
        db.delete(found)
        log.record(db, actor, "identity.removed", owner_of(user_id), issuer=found.issuer)
        name = providers.name_of(services.settings, found.issuer) or found.issuer
        tell(db, services, user_id, "identity_removed", name)
