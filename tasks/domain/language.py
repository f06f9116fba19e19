"""Tell the language of a text by its letters and its most frequent words.

Made for one question: is a script in the language that the request names? It knows the languages
that voices speak well, and would rather say nothing than guess.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_LONGEST: Final = 4_000
"""Characters that are looked at."""
_FEWEST_WORDS: Final = 4
_SHARE: Final = 0.18
"""Of the words of a text that the frequent ones of its language are, at least."""
_AHEAD: Final = 1.5
"""By which the first language has to be ahead of the second."""

_SCRIPTS: Final = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("fa", re.compile("[پچژگ]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
"""In this order: Japanese is written with Chinese letters too, and Persian with Arabic ones."""
_ANY_LETTER: Final = re.compile(r"[^\W\d_]")

_FREQUENT: Final[dict[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in is that it you for on with are this was be as have at by not "
        "from they we i he she his her will can what your our their an or but all there "
        "my if would when who how has been about which do more hello good one two very "
        "today",
        "es": "el la los las de que y en un una por con no para es se del al lo como más pero "
        "sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue "
        "había muy hasta desde está mi porque qué solo han yo hay vez puede todos así nos "
        "ni hola buenos hoy usted gracias",
        "fr": "le la les de des et en un une du est que qui dans pour pas au sur avec ce il "
        "elle ne plus par je vous nous se son sa ses sont mais on ou cette leur aux été "
        "être avoir fait comme tout très bien aussi c'est d'un d'une qu'il bonjour merci "
        "aujourd'hui votre notre",
        "it": "il lo la i gli le di che e è un una in per con non del della dei delle al alla "
        "da dal sono si ma come più anche questo questa ha ho nel nella sua suo loro "
        "tutto cosa molto essere ci ed perché quando se noi voi oggi ciao grazie "
        "buongiorno",
        "pt": "o a os as de que e é do da em um uma para com não por mais dos das no na se como "
        "mas ao ele ela foi seu sua ou ser quando muito há nos já está eu também só pelo "
        "pela até isso entre era depois sem mesmo aos ter seus você olá obrigado hoje são",
        "de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als "
        "auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie "
        "einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein "
        "wir ich guten heute hallo",
        "nl": "de het een en van ik te dat die in is niet zijn op aan met als voor had er maar "
        "om hem dan zou of wat mijn men dit zo door over ze zich bij ook tot je mij uit "
        "der daar naar heb",
    }.items()
}
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def detect(text: str) -> str:
    """Return the language of a text; empty if that is not certain.

    >>> detect("Guten Tag, das ist ein kurzer Satz."), detect("你好，世界"), detect("Hm.")
    ('de', 'zh', '')
    """
    text = text[:_LONGEST]
    letters = len(_ANY_LETTER.findall(text))
    foreign = 0
    for language, pattern in _SCRIPTS:
        found = len(pattern.findall(text))
        foreign += found
        if _is_main(language, found, foreign, letters):
            return language
    return _by_words(text)


def _is_main(language: str, found: int, foreign: int, letters: int) -> bool:
    """Return whether a text is in a script; a few letters are enough for a mixed language."""
    if language in ("ja", "fa", "uk"):
        return found * 30 > letters
    return foreign * 2 > letters


def _by_words(text: str) -> str:
    words = [word.replace("’", "'") for word in _WORD.findall(text.lower())]
    if len(words) < _FEWEST_WORDS:
        return ""
    counted = Counter(words)
    scores = sorted(
        (
            (sum(counted[word] for word in frequent & counted.keys()), language)
            for language, frequent in _FREQUENT.items()
        ),
        reverse=True,
    )
    (best, language), (second, _) = scores[:2]
    if best < _SHARE * len(words) or best < 2 or best < _AHEAD * second:
        return ""
    return language
