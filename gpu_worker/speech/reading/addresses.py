"""Web and mail addresses, hashtags, and abbreviations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.numbers import (
    cardinal,
    number_or_year,
    spelled,
)
from gpu_worker.speech.reading.rule import Rule

_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}"
_TOP_LEVEL: Final = r"(?:com|org|net|edu|gov|io|dev|app|info|eu|uk|us|de|fr|es|it|pt|br|ch|at|co)"
_CAMEL: Final = re.compile(r"[A-ZÀ-Ý]+(?![a-zß-ÿ])|[A-ZÀ-Ý]?[a-zß-ÿ]+|\d+|[^\W\dA-Za-zÀ-ÿ]+")


def addresses(language: Language) -> Iterator[Rule]:
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
    return " ".join(number_or_year(word, language) if word.isdecimal() else word for word in words)


def abbreviations(language: Language) -> Iterator[Rule]:
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
