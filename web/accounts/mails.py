"""Mails of accounts whose text is composed when they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from web.accounts import recovery, verification
from web.audit.log import Actor
from web.notifications.delivery import Compose
from web.notifications.mail import Mail
from web.services import Services


def _registered(services: Services, address: str, _: Mapping[str, Any]) -> Mail | None:
    return verification.after_registration(services, address)


def _verify(services: Services, address: str, parameters: Mapping[str, Any]) -> Mail | None:
    return verification.to_address(services, parameters["user_id"], address)


def _forgotten(services: Services, address: str, parameters: Mapping[str, Any]) -> Mail | None:
    return recovery.forgotten(services, Actor(**parameters), address)


COMPOSERS: Final[dict[str, Compose]] = {
    "registered": _registered,
    "verify": _verify,
    "forgotten": _forgotten,
}
"""The templates that `outbox.request` may name."""
