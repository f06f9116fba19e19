"""The languages that are read aloud with a table of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpu_worker.speech.reading.language import Language
from gpu_worker.speech.reading.languages.arabic import ARABIC
from gpu_worker.speech.reading.languages.english import ENGLISH
from gpu_worker.speech.reading.languages.french import FRENCH
from gpu_worker.speech.reading.languages.german import GERMAN
from gpu_worker.speech.reading.languages.hindi import HINDI
from gpu_worker.speech.reading.languages.italian import ITALIAN
from gpu_worker.speech.reading.languages.portuguese import PORTUGUESE
from gpu_worker.speech.reading.languages.russian import RUSSIAN
from gpu_worker.speech.reading.languages.spanish import SPANISH
from gpu_worker.speech.reading.languages.thai import THAI

LANGUAGES: Final[Mapping[str, Language]] = {
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "de": GERMAN,
    "ru": RUSSIAN,
    "ar": ARABIC,
    "hi": HINDI,
    "th": THAI,
}
