"""Applications of projects that charge for videos."""

from tests.web.billing.conftest import billed, billed_either

__all__ = ["billed", "billed_either"]
