"""Send queued mails: each at least once, with retries that outlive the process."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from web.db.columns import now
from web.db.engine import reading, writing
from web.notifications import choices, outbox, transport, unsubscribing
from web.notifications.kinds import CHOICES
from web.notifications.mail import Mail, message
from web.notifications.models import QueuedMail
from web.services import Services

log = logging.getLogger(__name__)

Compose = Callable[[Services, str, Mapping[str, Any]], Mail | None]
"""Composes a mail to an address from stored parameters; None: there is nothing to send."""

RETRIES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 21600, 43200)
)
CLAIM: Final = timedelta(seconds=120)
"""A mail that a process was sending when it ended is due again after this."""
AT_ONCE: Final = 20
MOST_ATTEMPTS: Final = len(RETRIES) + 3
"""Attempts that ended with their process, or with an error of ours, count too."""
KEEP: Final = timedelta(days=30)


class Delivery:
    """Sends the mails that are due, one after the other."""

    def __init__(
        self,
        services: Services,
        composers: Mapping[str, Compose],
        given_up: Callable[[QueuedMail], object],
        count: Callable[[str], object] = str,
    ) -> None:
        """Set up delivery; `given_up` is called with each mail that cannot be sent.

        `count` is called with what came of each attempt: `sent`, `postponed` or `given_up`.
        """
        self._count = count
        self._services = services
        self._composers = composers
        self._given_up = given_up

    def run_due(self, at: datetime | None = None) -> int:
        """Send what is due; return how many mails were tried."""
        moment = at or now()
        due = select(QueuedMail.id).where(QueuedMail.due_at <= moment)
        with reading() as db:
            found = list(db.scalars(due.order_by(QueuedMail.due_at).limit(AT_ONCE)))
        return sum(self._deliver(mail_id, moment) for mail_id in found)

    def _deliver(self, mail_id: str, moment: datetime) -> bool:
        row = self._claim(mail_id, moment)
        if row is None:
            return False
        if row.attempts > MOST_ATTEMPTS:
            self._failed(row, row.error or "TooManyAttempts", again=False)
            return True
        try:
            mail = self._compose(row)
            if mail is None:
                _end(row.id)
                return True
            transport.send(self._services.settings, self._message(row.id, mail))
        except (OSError, smtplib.SMTPException) as error:
            self._failed(row, type(error).__name__, again=transport.is_temporary(error))
        except ValueError as error:
            self._failed(row, type(error).__name__, again=False)
        else:
            _end(row.id)
            self._count("sent")
        return True

    def _claim(self, mail_id: str, moment: datetime) -> QueuedMail | None:
        """Take a mail, so that another process does not send it meanwhile."""
        with writing() as db:
            due = QueuedMail.id == mail_id, QueuedMail.due_at <= moment
            row = db.scalar(select(QueuedMail).where(*due).with_for_update(skip_locked=True))
            if row is None:
                return None
            row.attempts += 1
            row.due_at = now() + CLAIM
        return row

    def _compose(self, row: QueuedMail) -> Mail | None:
        """Return the mail; one that is composed now is kept, so that retries send the same."""
        if row.sealed is None and row.template:
            compose = self._composers[row.template]
            mail = compose(self._services, row.address, row.parameters)
            if mail is not None:
                with writing() as db:
                    sealed = outbox.sealed(self._services, row.id, mail)
                    db.execute(_this(row.id).values(sealed=sealed))
            return mail
        mail = outbox.unsealed(self._services, row)
        if mail is None:
            raise ValueError("the text cannot be decrypted")
        if mail.user_id is None:
            return mail
        with reading() as db:
            return mail if choices.wants(db, mail.user_id, mail.kind) else None

    def _message(self, mail_id: str, mail: Mail) -> Any:
        one_click = page = ""
        if mail.kind in CHOICES and mail.user_id is not None:
            one_click, page = unsubscribing.addresses(self._services, mail.user_id, mail.kind)
        sender = self._services.settings.notifications.mail_from
        return message(mail, sender, message_id=mail_id, unsubscribe=one_click, page=page)

    def _failed(self, row: QueuedMail, reason: str, *, again: bool) -> None:
        pauses = RETRIES[row.attempts - 1 : row.attempts] if again else ()
        log.warning("mail not sent", extra={"mail": row.id, "reason": reason})
        values: dict[str, Any] = {"error": reason}
        if pauses:
            values["due_at"] = now() + pauses[0]
        else:
            values |= {"due_at": None} | ({"sealed": None} if row.template else {})
        with writing() as db:
            db.execute(_this(row.id).values(values))
        self._count("postponed" if pauses else "given_up")
        if not pauses:
            row.error = reason
            self._given_up(row)


def retry(mail_id: str) -> None:
    """Let a mail that was given up be sent again."""
    unsent = QueuedMail.sent_at.is_(None), QueuedMail.due_at.is_(None)
    with writing() as db:
        db.execute(_this(mail_id).where(*unsent).values(due_at=now(), attempts=0))


def forget(db: Session) -> None:
    """Delete mails that are older than their retention."""
    ended = QueuedMail.created_at < now() - KEEP, QueuedMail.due_at.is_(None)
    db.execute(delete(QueuedMail).where(*ended))


def _end(mail_id: str) -> None:
    """Delete what a mail said and to whom, and keep only its name if it has one."""
    with writing() as db:
        db.execute(delete(QueuedMail).where(QueuedMail.id == mail_id, QueuedMail.once.is_(None)))
        ended = {"sealed": None, "address": "", "due_at": None, "sent_at": now(), "error": ""}
        db.execute(_this(mail_id).values(ended))


def _this(mail_id: str) -> Any:
    return update(QueuedMail).where(QueuedMail.id == mail_id)
