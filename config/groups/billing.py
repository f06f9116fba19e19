"""The settings of credits: what videos cost."""

from __future__ import annotations

from dataclasses import dataclass

from config.credit_packs import CreditPack
from config.credit_prices import CREDIT, CreditPrice
from config.setting import setting


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """What videos cost the people who start them."""

    mode: str = setting(
        "off",
        "BILLING",
        "`on`: each job holds and uses credits of its owner. Needs AUTH. `off`: jobs cost nothing.",
    )
    prices: tuple[CreditPrice, ...] = setting(
        (CreditPrice("*", CREDIT // 10, "second"),),
        "CREDIT_PRICES",
        "Prices in credits: `NAME=CREDITS/UNIT`, separated by commas, such as "
        "`*=0.1/second, elevenlabs=0.02/character`. NAME is an engine, an environment or `*` (all "
        "others, except simulated engines). UNIT is `second` (of video or speech), `character` "
        "(spoken) or `scene`.",
    )
    reused_steps: str = setting(
        "free",
        "REUSED_STEPS",
        "What steps cost whose stored result is used again: `free`, or `charged` like computed "
        "ones.",
    )
    region: str = setting(
        "",
        "PROVIDER_REGION",
        "Where this service is provided from: a country by its ISO 3166 code, such as `DE`, or "
        "`EU`. Models whose licence excludes it are not used. Empty: nor is any that excludes some "
        "region.",
    )
    free_monthly_credits: int = setting(
        0,
        "FREE_MONTHLY_CREDITS",
        "Credits that users of the plan `free` get in each month in which they use the server.",
    )
    stripe_api_key: str = setting(
        "", "STRIPE_API_KEY", "Secret key of Stripe. Empty: credits cannot be bought.", secret=True
    )
    stripe_webhook_secret: str = setting(
        "",
        "STRIPE_WEBHOOK_SECRET",
        "Signing secret (`whsec_...`) of the webhook endpoint that Stripe sends events to.",
        secret=True,
    )
    stripe_url: str = setting(
        "https://api.stripe.com", "STRIPE_URL", "The API of Stripe, or of a test server."
    )
    credit_packs: tuple[CreditPack, ...] = setting(
        (),
        "CREDIT_PACKS",
        "Packs of credits on sale, as `CREDITS=AMOUNT` in CURRENCY, such as `100=9.00, 500=39.00`.",
    )
    premium_price: str = setting(
        "",
        "STRIPE_PREMIUM_PRICE",
        "Id of the recurring price of the plan `premium` at Stripe. Empty: it is not on sale.",
    )
    premium_credits: int = setting(
        0, "PREMIUM_CREDITS", "Credits for each paid invoice of the plan `premium`."
    )

    @property
    def is_on(self) -> bool:
        """Return whether jobs cost credits."""
        return self.mode == "on"
