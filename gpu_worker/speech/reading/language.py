"""What differs between languages when a text is read aloud: words for signs, units and dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Forms = tuple[str, ...]
"""One of something, and several; in Russian one, two to four, and more."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The words and habits of one language."""

    numbers: str
    """Its name in `num2words`."""
    point: str
    """The decimal sign as it is written; the other one groups thousands."""
    point_word: str
    minus: str
    to: str
    """Between the ends of a range."""
    months: tuple[str, ...]
    abbreviations: Mapping[str, str]
    units: Mapping[str, Forms]
    currencies: Mapping[str, tuple[Forms, Forms]]
    """By sign and code: the currency, and its hundredth."""
    signs: Mapping[str, str]
    """Of addresses and formulas: `.`, `/`, `-`, `_`, `@`, `&`, `+`, `=`, `%`, `#`."""
    with_cents: str
    """Between an amount and its cents."""
    of: str
    """Between a large number and a currency ("tres millones de euros")."""
    magnitudes: Mapping[str, Forms]
    ordinal_ends: str
    """A pattern of what follows the digits of an ordinal number."""
    one: str = ""
    """"1" in front of a noun; empty: as it is counted."""
    regnal: str = "ordinal"
    """How numerals of rulers are read: `ordinal`, `cardinal`, or `ordinal-ten` (up to ten)."""
    fractions: Mapping[str, str] = field(default_factory=dict)
    feminine: frozenset[str] = frozenset()
    """Nouns (their first form) in front of which numbers have another form."""
