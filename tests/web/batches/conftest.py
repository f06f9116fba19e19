"""Applications of batches that charge for videos."""

from tests.web.billing.conftest import billed_either

__all__ = ["billed_either"]
