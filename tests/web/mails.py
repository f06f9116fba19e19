"""Sending the queued mails, as the controller does."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from web.accounts.mails import COMPOSERS
from web.db.columns import now
from web.notifications.delivery import Delivery
from web.notifications.models import QueuedMail
from web.services import current_services

LATER = timedelta(hours=1)


def send_mails(app: Flask, given_up: list[QueuedMail] | None = None) -> None:
    """Send what is due within an hour, until nothing is left."""
    unsent = given_up if given_up is not None else []
    with app.app_context():
        delivery = Delivery(current_services(), COMPOSERS, unsent.append)
        while delivery.run_due(now() + LATER):
            pass
