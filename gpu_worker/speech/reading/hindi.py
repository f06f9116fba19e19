"""Hindi numbers, dates and ranks: each number below a hundred has a name of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading.rule import Rule

_BELOW_HUNDRED: Final = (
    *("शून्य", "एक", "दो", "तीन", "चार"),
    *("पाँच", "छह", "सात", "आठ", "नौ"),
    *("दस", "ग्यारह", "बारह", "तेरह", "चौदह"),
    *("पंद्रह", "सोलह", "सत्रह", "अठारह", "उन्नीस"),
    *("बीस", "इक्कीस", "बाईस", "तेईस", "चौबीस"),
    *("पच्चीस", "छब्बीस", "सत्ताईस", "अट्ठाईस", "उनतीस"),
    *("तीस", "इकतीस", "बत्तीस", "तैंतीस", "चौंतीस"),
    *("पैंतीस", "छत्तीस", "सैंतीस", "अड़तीस", "उनतालीस"),
    *("चालीस", "इकतालीस", "बयालीस", "तैंतालीस", "चवालीस"),
    *("पैंतालीस", "छियालीस", "सैंतालीस", "अड़तालीस", "उनचास"),
    *("पचास", "इक्यावन", "बावन", "तिरपन", "चौवन"),
    *("पचपन", "छप्पन", "सत्तावन", "अट्ठावन", "उनसठ"),
    *("साठ", "इकसठ", "बासठ", "तिरसठ", "चौंसठ"),
    *("पैंसठ", "छियासठ", "सड़सठ", "अड़सठ", "उनहत्तर"),
    *("सत्तर", "इकहत्तर", "बहत्तर", "तिहत्तर", "चौहत्तर"),
    *("पचहत्तर", "छिहत्तर", "सतहत्तर", "अठहत्तर", "उनासी"),
    *("अस्सी", "इक्यासी", "बयासी", "तिरासी", "चौरासी"),
    *("पचासी", "छियासी", "सत्तासी", "अट्ठासी", "नवासी"),
    *("नब्बे", "इक्यानवे", "बानवे", "तिरानवे", "चौरानवे"),
    *("पचानवे", "छियानवे", "सत्तानवे", "अट्ठानवे", "निन्यानवे"),
)
_LARGE: Final = (
    (10_000_000, "करोड़"),
    (100_000, "लाख"),
    (1000, "हज़ार"),
    (100, "सौ"),
)
_ORDINALS: Final = {1: "पहल", 2: "दूसर", 3: "तीसर", 4: "चौथ", 6: "छठ"}
_ENDS: Final = {"वाँ": "ा", "वां": "ा", "वा": "ा", "ला": "ा", "रा": "ा", "था": "ा"} | {
    **{"वीं": "ी", "वी": "ी", "ली": "ी", "री": "ी", "थी": "ी"},
    **{"वें": "े", "वे": "े", "ले": "े", "रे": "े", "थे": "े"},
}
"""What may follow the digits of a rank, and the vowel that stands for its gender and case."""
_NASAL: Final = {"ा": "वाँ", "ी": "वीं", "े": "वें"}


def number(value: int) -> str:
    """Read a whole number, by lakhs and crores.

    >>> number(125_000), number(2026)
    ('एक लाख पच्चीस हज़ार', 'दो हज़ार छब्बीस')
    """
    words = []
    for size, name in _LARGE:
        if value >= size:
            words.append(f"{number(value // size)} {name}")
            value %= size
    if value or not words:
        words.append(_BELOW_HUNDRED[value])
    return " ".join(words)


def year(value: int) -> str:
    """Read a year: before 2000 by its hundreds."""
    if 1100 <= value < 2000:
        hundreds, rest = divmod(value, 100)
        return f"{number(hundreds)} सौ {number(rest) if rest else ''}".strip()
    return number(value)


def date(day: int, month: str, of: int | None) -> str:
    said = f"{number(day)} {month}"
    return f"{said} {year(of)}" if of else said


def time(hours: int, minutes: int) -> str:
    if not minutes:
        return f"{number(hours)} बजे"
    return f"{number(hours)} बजकर {number(minutes)} मिनट"


def ordinal(value: int, vowel: str = "ा") -> str:
    """Read a position in a row; the vowel at its end shows gender and case."""
    return _ORDINALS[value] + vowel if value in _ORDINALS else number(value) + _NASAL[vowel]


def endings() -> Iterator[Rule]:
    """Return the rules that come before those of all languages."""
    ends = "|".join(sorted(_ENDS, key=len, reverse=True))
    yield (
        re.compile(rf"(?<![\w.,])(\d{{1,4}})-?({ends})(?![\w\u0900-\u0903\u093e-\u094d])"),
        lambda m: ordinal(int(m[1]), _ENDS[m[2]]),
    )
    yield re.compile(r"(?<![\w.,])(\d{1,6})½"), lambda m: _and_a_half(int(m[1]))


def _and_a_half(whole: int) -> str:
    return {1: "डेढ़", 2: "ढाई"}.get(whole, f"साढ़े {number(whole)}")
