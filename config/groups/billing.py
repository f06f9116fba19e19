"""The settings of credits: what videos cost."""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def is_on(self) -> bool:
        """Return whether jobs cost credits."""
        return self.mode == "on"
