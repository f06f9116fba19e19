"""Give a picture or a recording a public address, or take it away."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.accounts import plans, verification
from web.accounts.errors import EmailNotVerified
from web.accounts.models import User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import writing
from web.errors import LoginRequired
from web.images import listing
from web.images.errors import ImageNotFound, NotApproved
from web.images.models import APPROVED, LibraryItem
from web.services import Services
from web.uploads.candidate import Kind

_USERS: Final = owner_of("")


def publish(services: Services, actor: Actor, kind: Kind, item_id: str) -> LibraryItem:
    """Give an item a public address; one that has an address keeps it."""
    with writing() as db:
        item = listing.find(db, kind, item_id)
        _require_verified(db, services, item.owner)
        if item.moderation != APPROVED:
            raise NotApproved
        if item.public_id is None:
            item.public_id, item.published_at = secrets.token_hex(16), now()
            log.record(db, actor, "library.published", item.owner, item_id=item.id)
        return item


def withdraw(actor: Actor, kind: Kind, item_id: str) -> LibraryItem:
    """Take the public address of an item away; it never works again."""
    with writing() as db:
        item = listing.find(db, kind, item_id)
        if item.public_id is not None:
            item.public_id = item.published_at = None
            log.record(db, actor, "library.withdrawn", item.owner, item_id=item.id)
        return item


def public(db: Session, public_id: str) -> LibraryItem:
    """Find what is public under this id; raises `ImageNotFound`."""
    item = db.scalar(select(LibraryItem).where(LibraryItem.public_id == public_id))
    if item is None or item.moderation != APPROVED:
        raise ImageNotFound
    if plans.has_one(item.owner):
        user = db.get(User, item.owner.removeprefix(_USERS))
        if user is None or user.suspended_at is not None:
            raise ImageNotFound
    return item


def _require_verified(db: Session, services: Services, owner: str) -> None:
    """Require an account whose address is verified; a server without accounts has none."""
    if services.settings.accounts.auth == "off" or owner.startswith("key:"):
        return
    if not plans.has_one(owner):
        raise LoginRequired("Sign in to make this public.")
    user = db.get_one(User, owner.removeprefix(_USERS))
    if not verification.is_verified(services.settings, user.verified_at):
        raise EmailNotVerified
