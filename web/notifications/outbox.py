"""Queue mails in the transaction that causes them; the controller sends them after its commit.

`add` queues a text. `request` queues the name of a template instead, and parameters for the
function that composes the text when the mail is sent: what a request writes is then the same
whether or not there is anything to send, and so is the time that it takes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web import sealing
from web.db.columns import new_id, now
from web.notifications import choices
from web.notifications.kinds import ACCOUNT
from web.notifications.mail import Mail
from web.notifications.models import QueuedMail
from web.services import Services

HEAD_START: Final = timedelta(seconds=0.25)
"""The time that the response of a request gets before its mail is composed. Work beside it would
slow it down, and that would reveal whether an address is known."""


def add(db: Session, services: Services, mail: Mail) -> bool:
    """Queue a mail; return False if it is not wanted, or was queued before under its name."""
    if mail.user_id is not None and not choices.wants(db, mail.user_id, mail.kind):
        return False
    queued = select(QueuedMail.id).where(QueuedMail.once == mail.once)
    if mail.once is not None and db.scalar(queued) is not None:
        return False
    row = QueuedMail(
        id=new_id(),
        kind=mail.kind,
        user_id=mail.user_id,
        address=mail.to,
        once=mail.once,
        due_at=now(),
    )
    row.sealed = sealed(services, row.id, mail)
    db.add(row)
    return True


def request(db: Session, template: str, address: str, parameters: Mapping[str, str]) -> None:
    """Queue a mail of an account, to be composed when it is sent."""
    db.add(
        QueuedMail(
            kind=ACCOUNT,
            address=address,
            template=template,
            parameters=dict(parameters),
            due_at=now() + HEAD_START,
        )
    )


def sealed(services: Services, mail_id: str, mail: Mail) -> str:
    """Encrypt the subject and the text of a mail."""
    return sealing.seal(services, f"mail:{mail_id}", json.dumps([mail.subject, mail.text]))


def unsealed(services: Services, row: QueuedMail) -> Mail | None:
    """Decrypt a queued mail; None if it has no text that this server can read."""
    opened = sealing.unseal(services, f"mail:{row.id}", row.sealed) if row.sealed else None
    if opened is None:
        return None
    subject, text = json.loads(opened)
    return Mail(row.address, subject, text, choices.kind_of(row.kind), row.user_id)
