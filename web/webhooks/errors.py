"""Errors of webhooks."""

from __future__ import annotations

from tasks.domain.errors import RequestError


class WebhookNotFound(RequestError):
    """This webhook does not exist."""

    code = "WEBHOOK_NOT_FOUND"
    status = 404


class WebhookDeliveryNotFound(RequestError):
    """This delivery does not exist or is older than 30 days."""

    code = "WEBHOOK_DELIVERY_NOT_FOUND"
    status = 404


class WebhooksFull(RequestError):
    """You have as many webhooks as you may have. Delete one first."""

    code = "WEBHOOKS_LIMIT"
    status = 409


class WebhookDisabled(RequestError):
    """This webhook is disabled. Enable it first."""

    code = "WEBHOOK_DISABLED"
    status = 409


class WebhookUrlRefused(RequestError):
    """Webhooks cannot be sent to this URL."""

    code = "WEBHOOK_URL_REFUSED"
    status = 422
