"""What is written otherwise than it is said, as patterns with a reading for each.

Users choose the text, so every pattern matches in linear time: repetitions are bounded, or end
at a character that cannot be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from gpu_worker.speech.reading.dates import date_rules, german_end
from gpu_worker.speech.reading.languages import Language
from gpu_worker.speech.reading.numbers import (
    cardinal,
    decimal,
    is_year,
    ordinal,
    roman,
    spelled,
    year,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
"""A pattern, and how its match is read; read as it is written: another rule may apply."""

_AND: Final = {"en": "and", "es": "y", "fr": "et", "it": "e", "pt_BR": "e"}
_AND_A_HALF: Final = {
    **{"en": "a half", "es": "medio", "fr": "demi"},
    **{"it": "mezzo", "pt_BR": "meio", "de": "einhalb"},
}
_VULGAR: Final = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}
_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}"
_TOP_LEVEL: Final = r"(?:com|org|net|edu|gov|io|dev|app|info|eu|uk|us|de|fr|es|it|pt|br|ch|at|co)"
_NUMBER: Final = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3}){1,5}(?![\d])|\d{1,24}"
_CAMEL: Final = re.compile(r"[A-ZÀ-Ý]+(?![a-zß-ÿ])|[A-ZÀ-Ý]?[a-zß-ÿ]+|\d+|[^\W\dA-Za-zÀ-ÿ]+")
_RULERS: Final = frozenset(
    (
        *(
            "Elizabeth",
            "Elisabeth",
            "Charles",
            "Karl",
            "Carlos",
            "Carlo",
            "James",
            "George",
        ),
        *(
            "Napoleon",
            "Napoléon",
            "Francis",
            "François",
            "Wilhelm",
            "William",
            "Guillaume",
        ),
        *(
            "Guillermo",
            "Nicholas",
            "Nikolaus",
            "Catherine",
            "Katharina",
            "Isabel",
            "Isabella",
        ),
        *(
            "Felipe",
            "Philippe",
            "Filippo",
            "João",
            "Pedro",
            "Maria",
            "Juan",
            "Juana",
        ),
        *(
            "Umberto",
            "Otto",
            "Friedrich",
            "Ferdinand",
            "Fernando",
        ),
    )
)
_NUMBERED: Final = frozenset(
    (
        *(
            "World",
            "War",
            "Chapter",
            "Part",
            "Act",
            "Scene",
            "Volume",
            "Book",
            "Type",
            "Phase",
        ),
        *(
            "Level",
            "Article",
            "Section",
            "Title",
            "Class",
            "Final",
            "Fantasy",
            "Rocky",
            "Star",
        ),
        *(
            "Grade",
            "Stage",
            "Capítulo",
            "Parte",
            "Acto",
            "Tomo",
            "Chapitre",
            "Partie",
            "Acte",
        ),
        *(
            "Tome",
            "Capitolo",
            "Atto",
            "Teil",
            "Kapitel",
            "Band",
            "Akt",
            "Guerra",
            "Guerre",
        ),
        *(
            "Mondiale",
            "Mundial",
            "mondiale",
            "Weltkrieg",
            "siglo",
            "século",
            "secolo",
        ),
        *(
            "siècle",
            "Siglo",
            "Século",
            "Secolo",
            "Klasse",
            "Windows",
            "Apollo",
        ),
    )
)
_CENTURIES: Final = frozenset(("siglo", "século", "secolo", "siècle", "Siglo", "Século", "Secolo"))
_NO_NAMES: Final = frozenset(
    (
        *(
            "The",
            "And",
            "But",
            "Or",
            "If",
            "When",
            "So",
            "Then",
            "He",
            "She",
            "It",
            "We",
        ),
        *(
            "You",
            "They",
            "I",
            "Am",
            "This",
            "That",
        ),
    )
)


@cache
def rules(language: Language, tag: str) -> tuple[Rule, ...]:
    """The rules of a language, the most specific first."""
    return (
        *_addresses(language),
        *_abbreviations(language),
        *date_rules(language, tag),
        *_money(language),
        *_measures(language),
        *_phones(language),
        *_ranks(language),
        *_plain_numbers(language),
        *_signs(language),
    )


# --- addresses ------------------------------------------------------------------------


def _addresses(language: Language) -> Iterator[Rule]:
    def address(match: re.Match[str]) -> str:
        return _spoken_address(match[0], language)

    yield re.compile(rf"[A-Za-z0-9._%+-]{{1,64}}@{_HOST}"), address
    yield re.compile(r"https?://[^\s<>\"']{1,400}[^\s<>\"'.,;:!?)\]]"), address
    yield (
        re.compile(rf"(?<![\w.@])www\.{_HOST}(?:/[^\s<>\"']{{0,300}}[^\s<>\"'.,;:!?)\]])?"),
        address,
    )
    yield (
        re.compile(
            rf"(?<![\w.@-])[A-Za-z0-9][A-Za-z0-9-]{{0,62}}(?:\.[A-Za-z0-9-]{{1,62}}){{0,3}}"
            rf"\.{_TOP_LEVEL}(?![\w.-]*\w)(?:/[^\s<>\"']{{0,300}}[^\s<>\"'.,;:!?)\]])?"
        ),
        address,
    )
    hashtag = language.signs["#"]
    yield (
        re.compile(r"(?<![\w&])#(\w{1,100})"),
        lambda m: (
            f"{language.signs['No']} {cardinal(m[1], language)}"
            if m[1].isdecimal()
            else f"{hashtag} {_split(m[1], language)}"
        ),
    )
    yield (
        re.compile(r"(?<![\w@.])@(\w{1,50})"),
        lambda m: f"{language.signs['@']} {_split(m[1], language)}",
    )


def _spoken_address(address: str, language: Language) -> str:
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", address).rstrip("/").partition("?")[0]
    words = []
    for piece in re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", bare):
        if piece.isdigit():
            words.append(cardinal(piece, language) if len(piece) < 3 else spelled(piece, language))
        else:
            words.append(language.signs.get(piece, piece if piece.isalpha() else " "))
    return " ".join(" ".join(words).split())


def _split(name: str, language: Language) -> str:
    """Split a name at its capitals: `OpenData2026` is three words."""
    words = (word for part in name.split("_") for word in _CAMEL.findall(part))
    return " ".join(_number(word, language) if word.isdecimal() else word for word in words)


def _number(digits: str, language: Language) -> str:
    return year(int(digits), language) if is_year(digits) else cardinal(digits, language)


# --- abbreviations --------------------------------------------------------------------


def _abbreviations(language: Language) -> Iterator[Rule]:
    names = sorted(language.abbreviations, key=len, reverse=True)
    pattern = "|".join(re.escape(name).replace(r"\ ", r"\s") for name in names)
    full = {re.sub(r"\s", " ", name): said for name, said in language.abbreviations.items()}
    if language.numbers == "en":
        yield re.compile(r"(?<=[a-z] )St\.(?=[\s,]|$)"), lambda m: f"Street{_stop(m)}"
        yield re.compile(r"\bNo\.\s(?=\d)"), lambda _: f"{language.signs['No']} "
    # At the end of a sentence the full stop goes on to end it.
    yield (
        re.compile(rf"(?<![\w.])(?:{pattern})(?!\w)"),
        lambda m: full[re.sub(r"\s", " ", m[0])] + _stop(m),
    )
    yield (
        re.compile(r"(?:\bn[°ºo]|№|\bnº|\bn\.º)\s?(?=\d)", re.I),
        lambda _: f"{language.signs['No']} ",
    )


def _stop(match: re.Match[str]) -> str:
    """Return the full stop of an abbreviation that ends the text: it ends the sentence too."""
    ends = not match.string[match.end() : match.end() + 2].strip()
    return "." if ends and match[0].endswith(".") else ""


# --- money and measures ---------------------------------------------------------------


def _money(language: Language) -> Iterator[Rule]:
    names = sorted(language.currencies, key=len, reverse=True)
    signs = "|".join(map(re.escape, names))
    large = "|".join(map(re.escape, sorted(language.magnitudes, key=len, reverse=True)))
    point = re.escape(language.point)
    amount = rf"(?P<n>{_NUMBER})(?:{point}(?P<c>\d{{1,2}})(?!\d))?(?:\s?(?P<m>{large})(?!\w))?"

    def money(match: re.Match[str]) -> str:
        unit, cent = language.currencies[match["s"]]
        whole, cents, magnitude = _digits(match["n"]), match["c"] or "", match["m"]
        if magnitude:
            count = decimal(whole, cents, language) if cents else _counted(whole, language)
            many = language.magnitudes[magnitude][whole != "1"]
            return f"{_leading(count, language)} {many} {_linked(unit[1], language)}"
        said = f"{_counted(whole, language)} {unit[whole != '1']}"
        small = (cents + "0")[:2].lstrip("0")
        if not small:
            return said
        said_cents = f"{_counted(small, language)} {cent[small != '1']}"
        if whole == "0":
            return said_cents
        return " ".join(f"{said} {language.with_cents} {said_cents}".split())

    yield re.compile(rf"(?<!\w)(?P<s>{signs})\s?{amount}"), money
    yield re.compile(rf"(?<![\w.,]){amount}\s?(?P<s>{signs})(?!\w)"), money


def _linked(currency: str, language: Language) -> str:
    """Put what connects a large number and its currency in front of it."""
    if language.of.endswith("'") and currency[0] not in "aeiouéh":
        return f"de {currency}"
    return f"{language.of}{currency}" if language.of.endswith("'") else f"{language.of} {currency}"


def _leading(count: str, language: Language) -> str:
    return "eine" if language.numbers == "de" and count == "ein" else count


def _measures(language: Language) -> Iterator[Rule]:
    names = sorted(language.units, key=len, reverse=True)
    units = "|".join(map(re.escape, names))
    point = re.escape(language.point)

    def measure(match: re.Match[str]) -> str:
        one, many = language.units[match["u"]]
        minus = f"{language.minus} " if match["minus"] else ""
        whole = _digits(match["n"])
        if match["d"]:
            return f"{minus}{decimal(whole, match['d'], language)} {many}"
        return f"{minus}{_counted(whole, language)} {one if whole == '1' else many}"

    yield (
        re.compile(
            rf"(?<![\w.,])(?P<minus>[-−])?(?P<n>{_NUMBER})(?:{point}(?P<d>\d{{1,6}}))?"
            rf"[ \u00a0\u202f]?(?P<u>{units})(?![\w²³/])"
        ),
        measure,
    )


def _counted(digits: str, language: Language) -> str:
    """Read a number in front of a noun."""
    if digits == "1" and language.one:
        return language.one
    said = cardinal(digits, language)
    if language.numbers == "es" and said.endswith("uno"):
        return f"{said[:-4]}iún" if said.endswith("iuno") else said[:-1]
    return said


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


# --- telephones, ranks ----------------------------------------------------------------


def _phones(language: Language) -> Iterator[Rule]:
    def phone(match: re.Match[str]) -> str:
        groups = re.findall(r"\d+", match[0])
        plus = f"{language.signs['+']} " if match[0].startswith("+") else ""
        return plus + ", ".join(spelled(group, language) for group in groups)

    group = r"[ .\u00a0/-]?\(?\d{2,5}\)?"
    yield re.compile(rf"(?<![\w.,])\+\d{{1,3}}(?:{group}){{2,5}}(?![\w])"), phone
    yield re.compile(rf"(?<![\w.,])\(\d{{2,5}}\)(?:{group}){{1,4}}(?![\w])"), phone
    yield re.compile(r"(?<![\w.,-])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w])"), phone
    yield re.compile(r"(?<![\w.,-])\d{3}-\d{4}(?![\w-])"), phone
    yield re.compile(r"(?<![\w.,])0\d{1,4}(?:[ .]\d{2,4}){2,5}(?![\w])"), phone


def _ranks(language: Language) -> Iterator[Rule]:
    def rank(match: re.Match[str]) -> str:
        name, value = match[1], roman(match[2])
        alone = len(match[2]) == 1 and name not in _RULERS and name not in _NUMBERED
        if not value or name in _NO_NAMES or alone:
            return match[0]
        if name in _NUMBERED:
            return f"{name} {_century(name, value, language)}"
        return f"{name} {_regnal(value, language)}"

    mark = r"(?:\.(?=\s[a-zäöü]))?" if language.numbers == "de" else ""
    yield re.compile(rf"\b([A-ZÀ-Ýa-zß-ÿ]{{3,24}})\s([IVXLC]{{1,7}})\b{mark}"), rank
    if language.numbers == "fr":
        yield (
            re.compile(r"(?<=[a-zß-ÿ] )I(?:er|re)\b"),
            lambda m: "premier" if m[0] == "Ier" else "première",
        )
        yield (
            re.compile(r"\b([IVX]{1,6})(?:e|ème)\b"),
            lambda m: ordinal(roman(m[1]), language) if roman(m[1]) else m[0],
        )
    ends = language.ordinal_ends

    def position(match: re.Match[str]) -> str:
        feminine = match[2].endswith(("ª", "a", "ère", "re", "nde"))
        said = ordinal(int(match[1]), language, feminine=feminine)
        return said + german_end(match) if language.numbers == "de" else said

    edge = "" if language.numbers == "de" else r"(?!\w)"
    yield re.compile(rf"(?<![\w.,])(\d{{1,4}})({ends}){edge}"), position


def _century(name: str, value: int, language: Language) -> str:
    if name in _CENTURIES and (language.numbers == "it" or value <= 10):
        return ordinal(value, language)
    return cardinal(str(value), language)


def _regnal(value: int, language: Language) -> str:
    if language.numbers == "en":
        return f"the {ordinal(value, language)}"
    if language.numbers == "de":
        return f"der {ordinal(value, language).capitalize()}"
    if language.numbers == "fr" and value == 1:
        return "premier"
    spoken_as_ordinal = language.regnal == "ordinal" or (
        language.regnal == "ordinal-ten" and value <= 10
    )
    return ordinal(value, language) if spoken_as_ordinal else cardinal(str(value), language)


# --- numbers and signs ----------------------------------------------------------------


def _plain_numbers(language: Language) -> Iterator[Rule]:
    yield from _fractions(language)
    if language.numbers == "en":
        yield re.compile(r"(?<!\w)(?:'|’)?(\d{2,4})s(?!\w)"), lambda m: _decade(m[1], language)
        yield (
            re.compile(r"\b(?:[Vv]ersion )?v(\d{1,3})\.(\d{1,3})\b"),
            lambda m: f"version {cardinal(m[1], language)} point {cardinal(m[2], language)}",
        )
    yield (
        re.compile(r"(?<![\w.,-])(\d{1,4})\s?[–-]\s?(\d{1,4})(?![\w-])"),
        lambda m: f" {language.to} ".join(_number(end, language) for end in m.groups()),
    )
    yield from _counts(language)


def _fractions(language: Language) -> Iterator[Rule]:
    def mixed(match: re.Match[str]) -> str:
        part = language.fractions.get(_VULGAR[match[2]], "")
        if not match[1]:
            return part or match[0]
        if match[2] == "½":
            part = _AND_A_HALF[language.numbers]
        joint = _AND.get(language.numbers, "")
        return " ".join(f"{cardinal(match[1], language)} {joint} {part}".split())

    yield (
        re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"),
        lambda m: language.fractions.get(m[0], m[0]),
    )
    yield re.compile(rf"(?<!\w)(\d{{0,6}})([{''.join(_VULGAR)}])"), mixed


def _counts(language: Language) -> Iterator[Rule]:
    point = re.escape(language.point)
    large = "|".join(map(re.escape, sorted(language.magnitudes, key=len, reverse=True)))

    def count(match: re.Match[str]) -> str:
        many = language.magnitudes[match[2]][match[1] != "1"]
        return f"{_leading(_counted(match[1], language), language)} {many}"

    def number(match: re.Match[str]) -> str:
        minus = f"{language.minus} " if match["minus"] else ""
        digits = _digits(match["n"])
        if match["d"]:
            return minus + decimal(digits, match["d"], language)
        return minus + (_number if match["n"] == digits else cardinal)(digits, language)

    yield re.compile(rf"(?<![\w.,])(\d{{1,4}})\s?({large})(?!\w)"), count
    yield (
        re.compile(
            rf"(?<![\w.,])(?P<minus>[-−](?=\d))?(?P<n>{_NUMBER})(?:{point}(?P<d>\d{{1,12}}))?"
        ),
        number,
    )
    yield re.compile(r"\d{1,24}"), lambda m: f" {cardinal(m[0], language)} "


def _decade(digits: str, language: Language) -> str:
    number = int(digits)
    said = year(number, language) if len(digits) == 4 else cardinal(digits, language)
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _signs(language: Language) -> Iterator[Rule]:
    for sign in "&+=%§":
        yield re.compile(re.escape(sign)), lambda _, s=sign: f" {language.signs[s]} "  # type: ignore[misc]
    yield re.compile(r"(?<=\w)/(?=\w)"), lambda _: " "
    yield re.compile(r"[_*~^|<>#\\]+"), lambda _: " "
