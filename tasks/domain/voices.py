"""The voices that a job may name, and the default one of each language.

A list of facts without any model: what can be spoken now is decided by the offers of live
workers, which name the voices that they have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

LOWER: Final = "lower"
HIGHER: Final = "higher"
REGISTERS: Final = (LOWER, HIGHER)
"""The kinds of voices that may be suggested for a picture."""
SUGGESTION: Final = (
    "This kind of voice is often chosen for such a picture. Choose another voice freely."
)
_KOKORO: Final = "Apache-2.0"
_PIPER: Final = "CC0-1.0"
_ESPEAK: Final = "GPL-3.0-or-later"


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: the engine that has it, its language, and how it sounds."""

    id: str
    engine: str
    language: str
    """A tag such as `en-GB`."""
    gender: str
    """`female`, `male`, or empty for a voice that is neither."""
    style: str
    licence: str

    @property
    def primary_language(self) -> str:
        return primary(self.language)

    @property
    def register(self) -> str:
        """Return the register of the voice; empty if it has none."""
        return {"male": LOWER, "female": HIGHER}.get(self.gender, "")

    @property
    def name(self) -> str:
        """Return the part of the id that names the voice, with a capital letter."""
        return self.id.rpartition("_")[2].capitalize()


def primary(language: str) -> str:
    """Return the language of a tag without its region.

    >>> primary("en-GB")
    'en'
    """
    return language.partition("-")[0].lower()


_LANGUAGES: Final = {
    "a": "en-US",
    "b": "en-GB",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-BR",
    "z": "zh",
}
_GENDERS: Final = {"f": "female", "m": "male"}

# Ids of Kokoro: language, gender, name. The adjectives are a listener's, not a measurement's.
_KOKORO_STYLES: Final = {
    "af_heart": "warm",
    "af_alloy": "neutral",
    "af_aoede": "bright",
    "af_bella": "lively",
    "af_jessica": "light",
    "af_kore": "firm",
    "af_nicole": "whispering",
    "af_nova": "clear",
    "af_river": "calm",
    "af_sarah": "soft",
    "af_sky": "light",
    "am_adam": "low",
    "am_echo": "even",
    "am_eric": "even",
    "am_fenrir": "firm",
    "am_liam": "light",
    "am_michael": "warm",
    "am_onyx": "low",
    "am_puck": "lively",
    "am_santa": "old",
    "bf_alice": "clear",
    "bf_emma": "warm",
    "bf_isabella": "soft",
    "bf_lily": "light",
    "bm_daniel": "even",
    "bm_fable": "narrating",
    "bm_george": "warm",
    "bm_lewis": "low",
    "ef_dora": "clear",
    "em_alex": "even",
    "em_santa": "old",
    "ff_siwis": "clear",
    "hf_alpha": "clear",
    "hf_beta": "soft",
    "hm_omega": "even",
    "hm_psi": "low",
    "if_sara": "clear",
    "im_nicola": "even",
    "jf_alpha": "clear",
    "jf_gongitsune": "narrating",
    "jf_nezumi": "light",
    "jf_tebukuro": "narrating",
    "jm_kumo": "even",
    "pf_dora": "clear",
    "pm_alex": "even",
    "pm_santa": "old",
    "zf_xiaobei": "clear",
    "zf_xiaoni": "soft",
    "zf_xiaoxiao": "lively",
    "zf_xiaoyi": "light",
    "zm_yunjian": "firm",
    "zm_yunxi": "even",
    "zm_yunxia": "light",
    "zm_yunyang": "narrating",
}
_ESPEAK_LANGUAGES: Final = (
    *("ar", "cs", "da", "de", "el", "en-US", "es", "fi", "fr", "hi", "hu", "id", "it", "ja", "ko"),
    *("nb", "nl", "pl", "pt-BR", "ro", "ru", "sv", "tr", "uk", "vi", "zh"),
)


def _kokoro(name: str, style: str) -> Voice:
    return Voice(name, "kokoro", _LANGUAGES[name[0]], _GENDERS[name[1]], style, _KOKORO)


VOICES: Final[dict[str, Voice]] = {
    voice.id: voice
    for voice in (
        *(_kokoro(name, style) for name, style in _KOKORO_STYLES.items()),
        Voice("joe", "piper", "en-US", "male", "plain", _PIPER),
        *(
            Voice(f"espeak_{primary(language)}", "espeak", language, "", "robotic", _ESPEAK)
            for language in _ESPEAK_LANGUAGES
        ),
    )
}

KOKORO_VOICES: Final = tuple(_KOKORO_STYLES)
ESPEAK_VOICES: Final = tuple(voice.id for voice in VOICES.values() if voice.engine == "espeak")

_DEFAULTS: Final = {
    "en-US": "af_heart",
    "en-GB": "bf_emma",
    "es": "ef_dora",
    "fr": "ff_siwis",
    "hi": "hf_alpha",
    "it": "if_sara",
    "ja": "jf_alpha",
    "pt-BR": "pf_dora",
    "zh": "zf_xiaobei",
}
"""The voice of each language that was understood best (tests/bench/test_intelligibility.py)."""
_OTHERS: Final = {
    "en-US": "am_michael",
    "en-GB": "bm_george",
    "es": "em_alex",
    "hi": "hm_omega",
    "it": "im_nicola",
    "ja": "jm_kumo",
    "pt-BR": "pm_alex",
    "zh": "zm_yunxi",
}
"""The same of the voices in the other register, where there are any."""
_REGIONS: Final = {"en": "en-US", "pt": "pt-BR"}


def spoken_by(engine: str, language: str, voices: Collection[str] = tuple(VOICES)) -> list[Voice]:
    """Return the voices of an engine that speak this language, out of those given."""
    known = (VOICES[voice] for voice in voices if voice in VOICES)
    wanted = primary(language)
    return [v for v in known if v.engine == engine and v.primary_language == wanted]


def default_voice(engine: str, language: str, voices: Iterable[str], register: str = "") -> str:
    """Return the default voice of an engine for a language; empty if it has none of its own.

    It is in the given register if the engine has voices of both for the language.

    >>> default_voice("kokoro", "en-GB", VOICES), default_voice("kokoro", "en", VOICES)
    ('bf_emma', 'af_heart')
    >>> default_voice("kokoro", "en", VOICES, LOWER), default_voice("kokoro", "fr", VOICES, LOWER)
    ('am_michael', 'ff_siwis')
    """
    able = spoken_by(engine, language, tuple(voices))
    if not able:
        return ""
    tag = next((v.language for v in able if v.language.lower() == language.lower()), "")
    tag = tag or _REGIONS.get(primary(language), primary(language))
    default = _first(able, _DEFAULTS.get(tag, ""))
    if default.register in ("", register) or not register:
        return default.id
    others = [v for v in able if v.language == default.language and v.register == register]
    return _first(others, _OTHERS.get(tag, "")).id if others else default.id


def suggested_for(voice: Voice, voices: Iterable[str]) -> str:
    """Return the register for which a voice is suggested in its language; empty: for none."""
    voices = tuple(voices)
    suggested = {r: default_voice(voice.engine, voice.language, voices, r) for r in REGISTERS}
    if len(set(suggested.values())) == 1:
        return ""  # there are voices of one register only
    return next((register for register, found in suggested.items() if found == voice.id), "")


def _first(voices: Sequence[Voice], wanted: str) -> Voice:
    """Return the voice with this id, or else the first one."""
    return next((voice for voice in voices if voice.id == wanted), voices[0])


def is_default(voice: Voice) -> bool:
    """Return whether a job in this voice's language gets it without asking."""
    return _DEFAULTS.get(voice.language) == voice.id
