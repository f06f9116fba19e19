"""Numbers in words, by `num2words` and with what it leaves to its caller."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from gpu_worker.speech.reading import arabic, hindi
from gpu_worker.speech.reading.language import Forms, Language

_LONGEST: Final = 15
"""Digits of a number that is read as one; a longer one is read digit by digit."""
_LONGEST_RUSSIAN_PART: Final = 3
"""Digits after a decimal sign that Russian reads as tenths, hundredths or thousandths."""
_CENTURY: Final = (1100, 2099)
_SPELLED_PARTS: Final = frozenset(("en", "de", "th", "hi"))
"""Languages that read digit by digit what follows a decimal sign."""


def cardinal(digits: str, language: Language, *, feminine: bool = False) -> str:
    """Read a whole number, given as its digits."""
    if len(digits) > _LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return spelled(digits, language)
    if language.numbers == "ar":
        return arabic.number(int(digits), feminine=feminine)
    forms = {"gender": "f"} if feminine else {}
    return _words(int(digits), language, "cardinal", **forms)


def form(digits: str, forms: Forms) -> str:
    """Return the form of a noun after a number.

    >>> [form(count, ("час", "часа", "часов")) for count in ("1", "3", "11", "21")]
    ['час', 'часа', 'часов', 'час']
    """
    if len(forms) == 2:
        return forms[digits != "1"]
    if len(forms) == 4:
        return arabic.form(digits, forms)
    last, teens = int(digits[-1]), digits[-2:-1] == "1"
    if teens or not 1 <= last <= 4:
        return forms[2]
    return forms[0] if last == 1 else forms[1]


def ordinal(number: int, language: Language, *, feminine: bool = False) -> str:
    """Read a position in a row."""
    words = _words(number, language, "ordinal")
    if language.numbers == "fr" and number == 1 and feminine:
        return "première"
    if feminine and language.numbers in ("es", "it", "pt_BR") and words.endswith("o"):
        return " ".join(f"{word[:-1]}a" for word in words.split())
    return words


def year(number: int, language: Language) -> str:
    """Read a year: in English and German by its century."""
    if language.numbers == "hi":
        return hindi.year(number)
    by_century = language.numbers in ("en", "de") and _CENTURY[0] <= number <= _CENTURY[1]
    return _words(number, language, "year" if by_century else "cardinal")


def is_year(digits: str) -> bool:
    """Return whether a number by itself is most likely a year."""
    return len(digits) == 4 and _CENTURY[0] <= int(digits) <= _CENTURY[1]


def number_or_year(digits: str, language: Language) -> str:
    """Read a number by itself."""
    return year(int(digits), language) if is_year(digits) else cardinal(digits, language)


def decimal(whole: str, part: str, language: Language) -> str:
    """Read a number with a decimal sign; English reads digit by digit what follows it."""
    if language.numbers == "ru" and len(part) <= _LONGEST_RUSSIAN_PART:
        return _words(Decimal(f"{whole}.{part}"), language, "cardinal")
    after = part.lstrip("0")
    grouped = language.numbers not in _SPELLED_PARTS and len(part) <= 2 and after == part
    said = cardinal(part, language) if grouped else spelled(part, language)
    return f"{cardinal(whole, language)} {language.point_word} {said}"


def spelled(digits: str, language: Language) -> str:
    """Read digit by digit."""
    return " ".join(_words(int(digit), language, "cardinal") for digit in digits)


def _words(number: int | Decimal, language: Language, to: str, **forms: str) -> str:
    if language.numbers == "hi" and isinstance(number, int):
        return hindi.ordinal(number) if to == "ordinal" else hindi.number(number)
    from num2words import num2words

    words = str(num2words(number, lang=language.numbers, to=to, **forms))
    return words.replace(",", "")


_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_PAIRS: Final = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def roman(numeral: str) -> int:
    """Return the value of a Roman numeral; 0 for letters that do not form one.

    >>> roman("XIV"), roman("IIX"), roman("MIX"), roman("IM")
    (14, 0, 1009, 0)
    """
    values = [_ROMAN.get(letter, 0) for letter in numeral]
    total = sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
    return total if _as_roman(total) == numeral else 0


def _as_roman(number: int) -> str:
    numeral = ""
    for value, letters in _PAIRS:
        while number >= value:
            numeral += letters
            number -= value
    return numeral
