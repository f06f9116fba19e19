"""The schemas of plans and of what is bought."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from web.accounts.models import PLANS
from web.api.schemas.text import Text


class PlanOnSale(Schema):
    """A plan with its limits."""

    name = Text(required=True, validate=validate.OneOf(PLANS))
    requests_a_minute = fields.Integer(required=True)
    jobs = fields.Integer(required=True, metadata={"description": "Jobs under way."})
    storage_bytes = fields.Integer(required=True)
    api_keys = fields.Integer(required=True)
    monthly_credits = fields.Integer(required=True)
    on_sale = fields.Boolean(required=True)


class PackOnSale(Schema):
    """A pack of credits."""

    credits = fields.Integer(required=True)
    price = fields.Float(required=True)


class PlansOnSale(Schema):
    """The plans, and the packs of credits on sale."""

    plans = fields.List(fields.Nested(PlanOnSale), required=True)
    packs = fields.List(fields.Nested(PackOnSale), required=True)
    currency = Text(required=True)


class StartCheckout(Schema):
    """What is bought."""

    class Meta:
        unknown = RAISE

    item = Text(
        required=True,
        validate=validate.Length(1, 16),
        metadata={"description": "The credits of a pack, such as `100`, or `premium`."},
    )


class CheckoutPage(Schema):
    """Where the browser goes to pay."""

    order_id = Text(required=True)
    url = Text(required=True)


class PortalPage(Schema):
    """Where the browser goes to manage subscription and invoices."""

    url = Text(required=True)


class PaymentEventReceived(Schema):
    """An event that was received."""

    type = Text(required=True)
