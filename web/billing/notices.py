"""Mails about credits, queued in the transaction that causes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from web.accounts import notices
from web.accounts.models import owner_of
from web.billing.amounts import to_text
from web.billing.budgets import Warning as BudgetWarning
from web.billing.budgets import window
from web.notifications.kinds import Kind
from web.services import Services

_USERS: Final = owner_of("")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to a user."""

    kind: Kind
    subject: str
    text: str
    once: str
    """Its name; a mail is sent once under it."""


def budget_nearly_used(
    db: Session, services: Services, warning: BudgetWarning, at: datetime
) -> None:
    """Tell a user that four fifths of a budget are used; once in its window."""
    text = (
        f"The {'daily' if warning.period == 'day' else 'monthly'} budget {warning.of} is "
        f"{to_text(warning.amount)} credits, and {to_text(warning.spent)} of them are used or held "
        "for videos in progress. Videos that would exceed it are not started."
    )
    once = f"budget:{warning.budget_id}:{window(warning.period, at)}"
    mail = Mail("budget_reached", "A budget is nearly used", text, once)
    _notify(db, services, warning.owner, mail)


def credits_low(db: Session, services: Services, owner: str, left: int, at: datetime) -> None:
    """Tell a user that there is not enough for another video like the last; once a day."""
    text = (
        f"You have {to_text(left)} credits left. That is not enough for another video like the one "
        "that you have just started."
    )
    once = f"credits_low:{owner}:{at.astimezone(UTC).date().isoformat()}"
    mail = Mail("credits_low", "Your credits are running low", text, once)
    _notify(db, services, owner, mail)


def _notify(db: Session, services: Services, owner: str, mail: Mail) -> None:
    if owner.startswith(_USERS):
        user_id = owner.removeprefix(_USERS)
        how: dict[str, Any] = {"kind": mail.kind, "once": mail.once}
        notices.notify(db, services, user_id, mail.subject, mail.text, **how)
