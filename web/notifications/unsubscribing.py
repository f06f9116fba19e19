"""Links that turn a kind of mails off without signing in (RFC 8058)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

from web.notifications.addresses import base
from web.notifications.kinds import CHOICES, Kind
from web.services import Services

_TAG_BYTES: Final = 16


def addresses(services: Services, user_id: str, kind: Kind) -> tuple[str, str]:
    """Return the address for one click in a mail program, and that of the page for people."""
    token = token_of(services, user_id, kind)
    one_click = f"{base(services.settings)}/api/mails/unsubscribe/{token}"
    return one_click, page(services, token)


def page(services: Services, token: str) -> str:
    """Return the address of the page on which a person confirms it."""
    return f"{base(services.settings)}/account#unsubscribe={token}"


def token_of(services: Services, user_id: str, kind: Kind) -> str:
    """Return a token that can do nothing but turn this kind off for this user."""
    content = f"{user_id}/{kind}".encode()
    return base64.urlsafe_b64encode(_tag(services.secret_key, content) + content).decode()


def read(services: Services, token: str) -> tuple[str, Kind] | None:
    """Return the user and the kind of a token; None if it is not valid."""
    try:
        decoded = base64.urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        return None
    tag, content = decoded[:_TAG_BYTES], decoded[_TAG_BYTES:]
    previous = services.settings.secret_key_previous.encode()
    for key in (services.secret_key, *([previous] if previous else [])):
        if hmac.compare_digest(tag, _tag(key, content)):
            user_id, _, name = content.decode().partition("/")
            return next(((user_id, kind) for kind in CHOICES if kind == name), None)
    return None


def _tag(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, b"unsubscribe:" + content, hashlib.sha256).digest()[:_TAG_BYTES]
