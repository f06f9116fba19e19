"""Errors of hosted video models."""

from __future__ import annotations

from tasks.domain.errors import RequestError, StageError


class ModelNotFound(RequestError):
    """There is no such video model. `GET /api/models` lists them."""

    code = "MODEL_NOT_FOUND"
    status = 404


class ModelClosed(RequestError):
    """The provider has closed this model. Use its replacement, or send `allow_replacement`."""

    code = "MODEL_CLOSED"
    status = 422


class NoModelFits(RequestError):
    """No video model can make this clip."""

    code = "NO_MODEL_FITS"
    status = 422


class ModerationRefused(StageError):
    """The provider's moderation refused this clip. Change the prompt or the pictures."""

    code = "MODERATION_REFUSED"
    status = 422


class ProviderFailed(StageError):
    """The provider could not make the clip."""

    code = "PROVIDER_FAILED"


class PurchaseUnknown(StageError):
    """It is not known whether the provider made the clip. An operator has to look."""

    code = "PURCHASE_UNKNOWN"


class CallNotFound(RequestError):
    """There is no such call to a provider."""

    code = "CALL_NOT_FOUND"
    status = 404
