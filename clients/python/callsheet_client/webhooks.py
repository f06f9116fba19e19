"""Verify the messages of webhooks (https://www.standardwebhooks.com/)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import cast

from callsheet_client import models
from callsheet_client.errors import WebhookInvalid

TOLERANCE_SECONDS = 300.0


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes | str) -> models.Event:
    """Return the event of a webhook's message; raises `WebhookInvalid`.

    `body` is the raw body, before it is parsed. Remember the header `webhook-id`: a message may
    arrive more than once.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    text = body.encode() if isinstance(body, str) else body
    _require_recent(sent_at)
    signed = f"{message_id}.{sent_at}.".encode() + text
    expected = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    signatures = given.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(_v1(one), expected) for one in signatures):
        raise WebhookInvalid("The signature is wrong.")
    return cast("models.Event", json.loads(text))


def _require_recent(sent_at: str) -> None:
    try:
        age = abs(time.time() - int(sent_at))
    except ValueError:
        raise WebhookInvalid("The header `webhook-timestamp` is missing.") from None
    if age > TOLERANCE_SECONDS:
        raise WebhookInvalid("The message is too old.")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise WebhookInvalid("The secret is not one of a webhook.") from None


def _v1(signature: str) -> bytes:
    version, _, text = signature.partition(",")
    try:
        return base64.b64decode(text, validate=True) if version == "v1" else b""
    except binascii.Error:
        return b""
