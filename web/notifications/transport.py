"""Hand a message to the mail server or, without `SMTP_URL`, write it to a file.

Files lie in the state directory, where the operator of a small server finds them.
"""

from __future__ import annotations

import logging
import secrets
import smtplib
import ssl
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from config.exposure import is_loopback
from config.settings import Settings

log = logging.getLogger(__name__)

SMTP_SECONDS: Final = 20.0


def send(settings: Settings, message: EmailMessage) -> None:
    """Send a message; raises `OSError` or `smtplib.SMTPException`."""
    if settings.notifications.smtp_url:
        _by_smtp(settings.notifications.smtp_url, message)
    else:
        _into_file(settings.path("mails"), message)


def is_temporary(error: Exception) -> bool:
    """Return whether the same message may be accepted later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    code = getattr(error, "smtp_code", 0)
    return not 500 <= code < 600


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
