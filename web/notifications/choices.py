"""Which kinds of mails a user wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.notifications.kinds import CHOICES, Kind
from web.notifications.models import MailChoice


def of_user(db: Session, user_id: str) -> dict[str, bool]:
    """Return for each kind that can be turned off whether the user wants it."""
    chosen = select(MailChoice).where(MailChoice.user_id == user_id)
    known = {row.kind: row.wanted for row in db.scalars(chosen)}
    return {kind: known.get(kind, first) for kind, first in CHOICES.items()}


def wants(db: Session, user_id: str, kind: Kind) -> bool:
    """Return whether a user wants mails of a kind; those of the account are always sent."""
    if kind not in CHOICES:
        return True
    chosen = db.get(MailChoice, (user_id, kind))
    return CHOICES[kind] if chosen is None else chosen.wanted


def choose(db: Session, user_id: str, wanted: Mapping[str, bool]) -> None:
    """Turn kinds on or off."""
    for kind, wants_it in wanted.items():
        db.merge(MailChoice(user_id=user_id, kind=kind, wanted=wants_it))


def kind_of(name: str) -> Kind:
    """Return a kind by its stored name."""
    return cast(Kind, name)
