"""Sign messages as Standard Webhooks describe it, with secrets that are stored encrypted."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import standardwebhooks

from web import sealing
from web.db.columns import now
from web.services import Services
from web.webhooks.models import Webhook

_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Create a secret in the form that receivers expect."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sealed(services: Services, webhook_id: str, secret: str) -> str:
    """Encrypt a secret for its row."""
    return sealing.seal(services, f"webhook:{webhook_id}", secret)


def secrets_of(services: Services, webhook: Webhook) -> list[str]:
    """Return the secrets that sign now, the newest first."""
    kept = [webhook.sealed_secret]
    overlaps = webhook.previous_until is not None and webhook.previous_until > now()
    if webhook.previous_secret is not None and overlaps:
        kept.append(webhook.previous_secret)
    opened = (sealing.unseal(services, f"webhook:{webhook.id}", one) for one in kept)
    return [secret for secret in opened if secret is not None]


def headers(keys: Sequence[str], message_id: str, body: str, at: datetime) -> dict[str, str]:
    """Return the three headers of a message; `at` is in UTC."""
    signatures = [standardwebhooks.Webhook(key).sign(message_id, at, body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
