"""A mail server that keeps what it receives."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

LINK = re.compile(r"\S+/account#\w+=(\S+)")


@dataclass
class Mailbox:
    """The handler of the server: the mails that arrived, in order."""

    mails: list[EmailMessage] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    """Answers to the next mails, such as `451 Try again later`."""
    folder: Path | None = None
    """Where mails are also written to, for other processes."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse.pop(0)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        if self.folder is not None:
            (self.folder / f"{len(self.mails)}.eml").write_bytes(envelope.content)
        return "250 OK"

    def token(self) -> str:
        """The token of the link in the newest mail."""
        said = text(self.mails[-1])
        found = LINK.search(said)
        assert found is not None, said
        return found[1]


def text(mail: EmailMessage) -> str:
    """What a mail says in plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _free_port() -> int:
    """A port that nothing listens on: the controller connects to it before it is told one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class SmtpServer:
    """A server in a thread of this process."""

    def __init__(self, *, login: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.mailbox = Mailbox()
        self._login = login
        options: dict[str, Any] = {"tls_context": tls} if tls else {}
        if login:
            options |= {
                "authenticator": self._check,
                "auth_required": True,
                "auth_require_tls": tls is not None,
            }
        self._controller = Controller(self.mailbox, "127.0.0.1", _free_port(), **options)

    def _check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        sent = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=sent == self._login)

    @property
    def url(self) -> str:
        login = f"{self._login}@" if self._login else ""
        return f"smtp://{login}127.0.0.1:{self._controller.port}"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._controller.stop()
