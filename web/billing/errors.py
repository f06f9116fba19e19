"""Errors of credits."""

from __future__ import annotations

from tasks.domain.errors import CallsheetError, RequestError


class BillingOff(RequestError):
    """This server does not use credits."""

    code = "BILLING_OFF"
    status = 404


class CreditsNeeded(RequestError):
    """You do not have enough credits."""

    code = "CREDITS_NEEDED"
    status = 402


class BudgetReached(RequestError):
    """This would exceed a budget."""

    code = "BUDGET_REACHED"
    status = 402


class QuoteNotFound(RequestError):
    """This quote does not exist. Ask for a new one."""

    code = "QUOTE_NOT_FOUND"
    status = 404


class QuoteExpired(RequestError):
    """This quote has expired. Ask for a new one."""

    code = "QUOTE_EXPIRED"
    status = 409


class QuoteMismatch(RequestError):
    """This quote is for another video. Ask for a new one."""

    code = "QUOTE_MISMATCH"
    status = 409


class LicenceNonCommercial(RequestError):
    """The licence of an engine does not allow paid videos. Choose another engine."""

    code = "LICENCE_NON_COMMERCIAL"
    status = 422


class NoReceipt(RequestError):
    """This job has no receipt: it did not use credits."""

    code = "RECEIPT_NOT_FOUND"
    status = 404


class BudgetNotFound(RequestError):
    """This budget does not exist."""

    code = "BUDGET_NOT_FOUND"
    status = 404


class PaymentsOff(RequestError):
    """This server sells no credits. Ask its operator for some."""

    code = "PAYMENTS_OFF"
    status = 404


class PackNotFound(RequestError):
    """This is not on sale. `GET /api/plans` lists what is."""

    code = "PACK_NOT_FOUND"
    status = 404


class NothingBought(RequestError):
    """You have not bought anything yet."""

    code = "NOTHING_BOUGHT"
    status = 409


class StripeSignatureInvalid(RequestError):
    """The signature of this event is not valid."""

    code = "STRIPE_SIGNATURE_INVALID"
    status = 400


class StripeUnavailable(CallsheetError):
    """The payment provider is unavailable. Try again in a few minutes."""

    code = "STRIPE_UNAVAILABLE"
    status = 503
    retryable = True
