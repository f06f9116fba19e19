"""Send mails in the background, by SMTP or into files.

Requests hand over a function that composes the mail, so that a response takes the same time whether
or not there is anything to send. Without `SMTP_URL`, mails are written to files in the state
directory, where the operator of a small server finds them.
"""

from __future__ import annotations

import logging
import secrets
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from queue import Full, Queue
from typing import Final
from urllib.parse import unquote, urlsplit

from flask import Flask

from config.exposure import is_loopback
from config.settings import Settings

log = logging.getLogger(__name__)

MOST_WAITING: Final = 1000
SMTP_SECONDS: Final = 20.0
_PAUSES: Final = (1.0, 10.0, 60.0)
"""Pauses between attempts to send a mail."""
_RESPONSE_SECONDS: Final = 0.05
"""The time that the response of a request gets before its mail is composed. Work beside it would
slow it down, and that would reveal whether an address is known."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in plain text to one address."""

    to: str
    subject: str
    text: str


Compose = Callable[[], Mail | None]


class Mailer:
    """The mails of one process, sent one after the other by one thread."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._waiting: Queue[Compose] = Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, compose: Compose) -> None:
        """Compose and send a mail in the background; raises nothing."""
        try:
            self._waiting.put_nowait(compose)
        except Full:
            log.error("mail dropped: too many are waiting")
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mailer", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Wait until everything that was handed over has been sent or given up."""
        self._waiting.join()

    def _run(self) -> None:
        while True:
            compose = self._waiting.get()
            time.sleep(_RESPONSE_SECONDS)
            try:
                with self._app.app_context():
                    mail = compose()
                if mail is not None:
                    self._send_with_retries(mail)
            except Exception:
                log.exception("mail could not be composed")
            finally:
                self._waiting.task_done()

    def _send_with_retries(self, mail: Mail) -> None:
        for pause in (*_PAUSES, None):
            try:
                send(self._settings, mail)
            except (OSError, smtplib.SMTPException) as error:
                log.warning("mail not sent", extra={"reason": type(error).__name__})
                if pause is None or not _is_temporary(error):
                    return
                time.sleep(pause)
            else:
                return


def send(settings: Settings, mail: Mail) -> None:
    """Send a mail now, by SMTP or into a file."""
    message = EmailMessage()
    message["From"], message["To"] = settings.notifications.mail_from, mail.to
    message["Subject"], message["Date"] = mail.subject, formatdate()
    message["Message-ID"] = make_msgid(domain=settings.notifications.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if settings.notifications.smtp_url:
        _by_smtp(settings.notifications.smtp_url, message)
    else:
        _into_file(settings.path("mails"), message)


def _by_smtp(url: str, message: EmailMessage) -> None:
    server = urlsplit(url)
    host, context = server.hostname or "localhost", ssl.create_default_context()
    connection: smtplib.SMTP
    if server.scheme == "smtps":
        port = server.port or smtplib.SMTP_SSL_PORT
        connection = smtplib.SMTP_SSL(host, port, timeout=SMTP_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, server.port or 587, timeout=SMTP_SECONDS)
    with connection:
        connection.ehlo()
        encrypted = server.scheme == "smtps"
        if not encrypted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            encrypted = True
        if server.username:
            if not encrypted and not is_loopback(host):
                raise smtplib.SMTPException("the server offers no encryption for the password")
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)


def _into_file(directory: Path, message: EmailMessage) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{time.time_ns()}-{secrets.token_hex(4)}.eml"
    path.touch(mode=0o600)
    path.write_bytes(bytes(message))
    log.info("mail written to a file", extra={"file": path.name})


def _is_temporary(error: Exception) -> bool:
    code = getattr(error, "smtp_code", 0)
    return not isinstance(error, smtplib.SMTPRecipientsRefused) and not 500 <= code < 600
