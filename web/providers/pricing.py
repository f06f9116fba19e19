"""What clips cost in credits: the provider's price by the second, at the operator's rate."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.credit_prices import CREDIT
from tasks.domain.hosted import STAGE
from web.billing import charging
from web.billing.estimates import Item, Terms, amount
from web.billing.models import Charge
from web.billing.usage import COMPUTED, Line
from web.providers.calls import DONE, MICRO
from web.providers.models import ProviderCall
from web.providers.routing import Candidate
from web.services import Services

KIND: Final = "clip"


def credits_of(services: Services, dollars_micro: int) -> int:
    """Convert millionths of a dollar to micro-credits."""
    rate = services.settings.providers.credits_a_dollar
    return round(dollars_micro * rate * CREDIT / MICRO)


def terms(services: Services, candidate: Candidate, quote_micro: int) -> Terms:
    """Price a clip; its fallback may cost up to the quote."""
    price = credits_of(services, candidate.model.price_micro)
    likely = amount(price, candidate.seconds)
    most = max(likely, credits_of(services, quote_micro))
    item = Item(STAGE, candidate.model.id, "second", candidate.seconds, price, likely, most)
    return Terms(KIND, (candidate.seconds,), 0.0, (item,))


def lines(db: Session, charge: Charge) -> list[Line]:
    """List what a delivered clip has used: the call that made it, at the price it was quoted.

    A call that failed before it, or of which nothing is known, is the operator's loss.
    """
    made = select(ProviderCall).where(
        ProviderCall.job_id == charge.job_id, ProviderCall.state == DONE
    )
    return [_line(call) for call in db.scalars(made)]


def _line(call: ProviderCall) -> Line:
    seconds, cost = float(call.order["seconds"]), call.credits_micro
    price = round(cost / seconds) if seconds else cost
    return Line(STAGE, call.model_id, COMPUTED, 1, "second", seconds, price, cost)


charging.declare_lines(KIND, lines)
