"""Arabic numbers: their cases, their gender, and the forms of the nouns that they count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading.language import Forms
from gpu_worker.speech.reading.rule import Rule

_WHOLE: Final = {"مئتا": "مئتان", "ألفا": "ألفان", "مليونا": "مليونان", "مليارا": "ملياران"}
"""Two hundred, thousand, million: in front of a noun, and alone."""
_FEMININE: Final = {
    "واحد": "واحدة",
    "اثنان": "اثنتان",
    "ثلاثة": "ثلاث",
    "أربعة": "أربع",
    "خمسة": "خمس",
    "ستة": "ست",
    "سبعة": "سبع",
    "ثمانية": "ثماني",
    "تسعة": "تسع",
    "عشرة": "عشر",
    "أحد": "إحدى",
    "اثنا": "اثنتا",
    "عشر": "عشرة",
}
_HOURS: Final = (
    *("الصفر", "الواحدة", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة", "السابعة"),
    *("الثامنة", "التاسعة", "العاشرة", "الحادية عشرة", "الثانية عشرة"),
)
_DAYS: Final = (
    *("", "الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن"),
    *("التاسع", "العاشر"),
)
_TENS: Final = {20: "العشرين", 30: "الثلاثين"}
"""In the case that follows "في" and "يوم", after which dates stand."""
_TWENTY: Final = "العشرون"
_FIRST_OF_MANY: Final = "الحادي"
_FEMININE_NOUNS: Final = (
    *("ساعة", "ساعات", "دقيقة", "دقائق", "ثانية", "ثوان", "ثواني"),
    *("سنة", "سنوات", "مرة", "مرات", "صفحة", "صفحات"),
)
_MINUTE: Final = ("دقيقة", "دقيقتان", "دقائق", "دقيقة")


def number(value: int, *, feminine: bool = False, before_noun: bool = False) -> str:
    """Read a whole number, alone or in front of a noun of either gender."""
    from num2words import num2words

    words = str(num2words(value, lang="ar")).replace(" و ", " و").split()
    if not before_noun:
        words[-1] = _WHOLE.get(words[-1], words[-1])
    if feminine and value % 100:
        below_hundred = 2 if value % 100 > 10 else 1
        words[-below_hundred:] = map(_feminine, words[-below_hundred:])
    return " ".join(words)


def _feminine(word: str) -> str:
    joint, bare = ("و", word[1:]) if word[0] == "و" and word != "واحد" else ("", word)
    return joint + _FEMININE.get(bare, bare)


def form(digits: str, forms: Forms) -> str:
    """Return the form of a noun after a number: there is one for two, few, many and hundreds."""
    few_or_many = int(digits) % 100
    if digits == "2":
        return forms[1]
    if 3 <= few_or_many <= 10:
        return forms[2]
    return forms[3] if few_or_many > 10 else forms[0]


def counted(digits: str, forms: Forms, *, feminine: bool) -> str:
    """Read a number with its noun; one follows its noun, and two is a form of it."""
    if digits == "1":
        return f"{forms[0]} {'واحدة' if feminine else 'واحد'}"
    if digits == "2":
        return forms[1]
    said = number(int(digits), feminine=feminine, before_noun=True)
    return f"{said} {form(digits, forms)}"


def date(day: int, month: str, year: int | None) -> str:
    said = f"{_day(day)} من {month}"
    return f"{said} عام {_oblique(number(year))}" if year else said


def _day(day: int) -> str:
    if day in _TENS:
        return _TENS[day]
    tens, ones = day - day % 10, day % 10
    if day <= 10:
        return _DAYS[day]
    first = _FIRST_OF_MANY if ones == 1 else _DAYS[ones]
    return f"{first} عشر" if tens == 10 else f"{first} و{_TENS[tens]}"


def _oblique(words: str) -> str:
    """Return a number in the case that follows a preposition or another noun."""
    dual = re.sub(r"\b(و?)(ألف|مئت|مليون|اثن)ان\b", r"\1\2ين", words)
    return re.sub(r"(عشر|ثلاث|أربع|خمس|ست|سبع|ثمان|تسع)ون\b", r"\1ين", dual)


def time(hours: int, minutes: int) -> str:
    hour = _hour(hours)
    if not minutes:
        return hour
    return f"{hour} و{counted(str(minutes), _MINUTE, feminine=True)}"


def _hour(hours: int) -> str:
    if hours < len(_HOURS):
        return _HOURS[hours]
    if hours == 20:
        return _TWENTY
    first = "الحادية" if hours % 10 == 1 else _HOURS[hours % 10]
    return f"{first} عشرة" if hours < 20 else f"{first} و{_TWENTY}"


def endings() -> Iterator[Rule]:
    """Return the rules that come before those of all languages."""
    nouns = "|".join(_FEMININE_NOUNS)
    yield (
        re.compile(rf"(?<![\w.,])(\d{{1,2}})(?=\s(?:{nouns})\b)"),
        lambda m: number(int(m[1]), feminine=True),
    )
