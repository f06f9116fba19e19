"""Where a licence allows a model to be used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

EU: Final = "EU"
MEMBERS: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""Of the European Union."""


def covers(excluded: Iterable[str], region: str) -> bool:
    """Return whether a licence that excludes regions covers one; an unknown one is not covered.

    >>> covers((), ""), covers(("EU", "KR"), "US"), covers(("EU", "KR"), "FR")
    (True, True, False)
    >>> covers(("FR",), "EU"), covers(("KR",), "")
    (False, False)
    """
    regions = set(excluded)
    if not regions:
        return True
    within = {region, EU} if region in MEMBERS else {region}
    part_of = MEMBERS if region == EU else frozenset()
    return bool(region) and not regions & (within | part_of)
