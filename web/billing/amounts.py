"""Amounts as people read and send them: credits with up to six decimals."""

from __future__ import annotations

from decimal import Decimal

from config.credit_prices import CREDIT


def to_credits(micro: int) -> float:
    """Convert micro-credits to credits for JSON.

    >>> to_credits(1_500_000), to_credits(-1)
    (1.5, -1e-06)
    """
    return micro / CREDIT


def to_text(micro: int) -> str:
    """Write credits in a sentence.

    >>> to_text(12_500_000), to_text(3_000_000), to_text(1)
    ('12.5', '3', '0.000001')
    """
    text = f"{Decimal(micro) / CREDIT:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
