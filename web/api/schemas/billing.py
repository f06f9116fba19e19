"""The schemas of credits. Amounts are credits with up to six decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from config.credit_prices import CREDIT, MOST_CREDITS
from web.api.schemas.quotes import JobEstimate as JobQuote
from web.api.schemas.text import Text
from web.billing.budgets import PERIODS
from web.billing.usage_report import GROUPS

MOST: Final = 200


class Micro(fields.Field[int]):
    """Credits in JSON, micro-credits in Python."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        value = super()._deserialize(value, attr, data, **kwargs)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a valid number.")
        micro = Decimal(str(value)) * CREDIT
        if not micro.is_finite() or abs(micro) > MOST_CREDITS * CREDIT:
            raise ValidationError(f"Must be at most {MOST_CREDITS}.")
        if not micro:
            raise ValidationError("Must not be 0.")
        if micro != micro.to_integral_value():
            raise ValidationError("Must have at most six decimals.")
        return int(micro)


class Credits(Schema):
    """The credits of the caller."""

    balance = fields.Float(required=True)
    held = fields.Float(
        required=True, metadata={"description": "Held for jobs that have not ended."}
    )
    available = fields.Float(required=True, metadata={"description": "`balance` less `held`."})


class PageSearch(Schema):
    """Which page of a list is read."""

    class Meta:
        unknown = RAISE

    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))
    cursor = Text(validate=validate.Length(1, 500))


class CreditTransaction(Schema):
    """One movement of credits."""

    id = Text(required=True)
    kind = Text(
        required=True,
        metadata={
            "description": "`grant`, `purchase`, `refund`, `adjustment`, `hold`, `charge` or "
            "`release`. A charge also releases what is left of the hold."
        },
    )
    credits = fields.Float(required=True, metadata={"description": "What the balance changes by."})
    held = fields.Float(required=True, metadata={"description": "What `held` changes by."})
    job_id = Text(required=True, allow_none=True)
    run = fields.Integer(required=True, allow_none=True)
    note = Text(required=True)
    created_at = fields.AwareDateTime(required=True)


class CreditTransactions(Schema):
    """A page of transactions, newest first."""

    transactions = fields.List(fields.Nested(CreditTransaction), required=True)
    next_cursor = Text(required=True, allow_none=True)


class PriceItem(Schema):
    """What one stage of a job would cost."""

    stage = Text(required=True)
    engine = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Null if no worker offers one now: the dearest is assumed."},
    )
    unit = Text(required=True, metadata={"description": "`second`, `character` or `scene`."})
    quantity = fields.Float(required=True)
    price = fields.Float(required=True, metadata={"description": "Credits of one unit."})
    p50 = fields.Float(required=True)
    p90 = fields.Float(required=True)


class PriceTerms(Schema):
    """The price of a job."""

    items = fields.List(fields.Nested(PriceItem), required=True)
    p50 = fields.Float(required=True, metadata={"description": "The median."})
    p90 = fields.Float(
        required=True, metadata={"description": "The upper end: what a start holds."}
    )


class CreditEstimate(PriceTerms):
    """The price of a job, and a quote of it for a caller who can have credits."""

    price_version = fields.Integer(required=True)
    quote_id = Text(
        required=True,
        allow_none=True,
        metadata={"description": "Send it with the start within 15 minutes to keep this price."},
    )
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    available = fields.Float(required=True, allow_none=True)
    job = fields.Nested(JobQuote, required=True)


class ReceiptLine(Schema):
    """One line of a receipt."""

    stage = Text(required=True, allow_none=True)
    engine = Text(required=True, allow_none=True)
    outcome = Text(
        required=True,
        metadata={
            "description": "`computed`; `reused` (a stored result); `earlier` (by an earlier run "
            "of the job); `failed`; `limit` (takes off what is above the hold)."
        },
    )
    steps = fields.Integer(required=True)
    unit = Text(required=True, allow_none=True)
    quantity = fields.Float(required=True)
    price = fields.Float(required=True, metadata={"description": "0 where it was free."})
    credits = fields.Float(required=True)


class ReceiptRun(Schema):
    """What one run of a job cost; each retry is a run."""

    run = fields.Integer(required=True)
    state = Text(required=True, metadata={"description": "`open`, `settled` or `released`."})
    outcome = Text(required=True, allow_none=True)
    price_version = fields.Integer(required=True)
    quoted = fields.Nested(PriceTerms, required=True)
    held = fields.Float(required=True)
    credits = fields.Float(required=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    lines = fields.List(fields.Nested(ReceiptLine), required=True)


class Receipt(Schema):
    """What a job cost, line by line, and what was free."""

    job_id = Text(required=True)
    credits = fields.Float(required=True)
    held = fields.Float(required=True)
    runs = fields.List(fields.Nested(ReceiptRun), required=True)


class CreditUsageSearch(Schema):
    """Which days, and how what was used in them is grouped."""

    class Meta:
        unknown = RAISE

    first = fields.Date(
        data_key="from", metadata={"description": "First day (UTC); 30 days ago by default."}
    )
    last = fields.Date(data_key="to", metadata={"description": "Last day (UTC); today by default."})
    group_by = Text(load_default="day", validate=validate.OneOf(GROUPS))
    format = Text(load_default="json", validate=validate.OneOf(("json", "csv")))


class CreditUsageRow(Schema):
    """What was used in one day, by one engine, by one API key or for one project."""

    group = Text(
        required=True,
        metadata={
            "description": "A day, an engine, the id of a key (empty: signed in), or that of a "
            "project (empty: of none)."
        },
    )
    jobs = fields.Integer(required=True)
    credits = fields.Float(required=True)
    computed = fields.Integer(required=True, metadata={"description": "Computed steps."})
    reused = fields.Integer(required=True)
    failed = fields.Integer(required=True)


class CreditUsage(Schema):
    """What was used; runs count on the day on which they ended."""

    group_by = Text(required=True, validate=validate.OneOf(GROUPS))
    credits = fields.Float(required=True)
    rows = fields.List(fields.Nested(CreditUsageRow), required=True)


class GrantCredits(Schema):
    """Credits for a user, or a correction."""

    class Meta:
        unknown = RAISE

    credits = Micro(
        required=True,
        metadata={"type": "number", "description": "Up to six decimals; negative: taken away."},
    )
    note = Text(load_default="", validate=validate.Length(0, 200))
    reference = Text(
        validate=validate.Length(1, 64),
        metadata={"description": "The same reference counts once, however often it is sent."},
    )


class SetBudget(Schema):
    """The most credits that may be used in a day or a month."""

    class Meta:
        unknown = RAISE

    period = Text(required=True, validate=validate.OneOf(PERIODS))
    credits = Micro(
        required=True,
        validate=validate.Range(0),
        metadata={"type": "number", "description": "Up to six decimals."},
    )
    key_id = Text(
        validate=validate.Length(1, 40),
        metadata={"description": "An API key of yours; without it all of them."},
    )
    project_id = Text(
        validate=validate.Length(1, 40),
        metadata={"description": "A project of yours, instead of a key."},
    )

    @validates_schema
    def _of_one(self, data: dict[str, Any], **_more: Any) -> None:
        if "key_id" in data and "project_id" in data:
            raise ValidationError("A budget is of a key or of a project.", "project_id")


class Budget(Schema):
    """A budget and what is used of it."""

    id = Text(required=True)
    key_id = Text(required=True, allow_none=True)
    project_id = Text(required=True, allow_none=True)
    period = Text(required=True, validate=validate.OneOf(PERIODS))
    credits = fields.Float(required=True)
    used = fields.Float(required=True, metadata={"description": "Used and held."})
    resets_at = fields.AwareDateTime(required=True)
    warned = fields.Boolean(
        required=True, metadata={"description": "Whether 80 % were reached in this period."}
    )


class Budgets(Schema):
    """The budgets of the caller."""

    budgets = fields.List(fields.Nested(Budget), required=True)
