"""Warnings about a job that is accepted nevertheless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tasks.domain.glyphs import without_font
from tasks.domain.job import JobOptions
from tasks.domain.language import detect
from tasks.domain.markup import has_markup
from tasks.domain.plan import EngineChoice
from tasks.domain.voices import VOICES, primary

NAMES: Final = {
    **{"ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish"},
    **{"fa": "Persian", "fr": "French", "he": "Hebrew", "hi": "Hindi", "it": "Italian"},
    **{"ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese"},
    **{"ru": "Russian", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese"},
}
HARD_TO_UNDERSTAND: Final = ("ar", "ja", "ru", "th", "zh")
"""Languages of which espeak-ng's speech was mostly not understood (docs/engines.md)."""

MOST_GLYPHS: Final = 8


@dataclass(frozen=True, slots=True)
class JobWarning:
    """A stable code, and a sentence for the person who started the job."""

    code: str
    message: str


def warnings(options: JobOptions, engines: Mapping[str, EngineChoice]) -> list[JobWarning]:
    """Return the warnings about a job; `engines` are those that are known by stage."""
    found = [
        _markup(options),
        _language(options),
        _glyphs(options),
        _sample_text(options, engines.get("script")),
        _voice(options, engines.get("voice")),
    ]
    return [warning for warning in found if warning is not None]


def _markup(options: JobOptions) -> JobWarning | None:
    if not has_markup(options.script or ""):
        return None
    return JobWarning(
        "MARKUP_REMOVED",
        "The script contains markup, such as SSML or HTML. It was removed: it is neither spoken "
        "nor shown.",
    )


def _language(options: JobOptions) -> JobWarning | None:
    found = detect(options.script or "")
    if not found or found == primary(options.language):
        return None
    return JobWarning(
        "LANGUAGE_MISMATCH",
        f"The script looks {NAMES.get(found, found)}, and it will be read as "
        f"{NAMES.get(primary(options.language), options.language)}. "
        f"Set `language` to `{found}` or `auto`.",
    )


def _glyphs(options: JobOptions) -> JobWarning | None:
    missing = without_font(options.script or "") if options.captions else []
    if not missing:
        return None
    return JobWarning(
        "MISSING_GLYPHS",
        "No font that comes with Callsheet has these characters: "
        f"{' '.join(missing[:MOST_GLYPHS])}. "
        "Unless the worker has one, the video will have no captions.",
    )


def _sample_text(options: JobOptions, writer: EngineChoice | None) -> JobWarning | None:
    if options.topic is None or writer is None or writer.name not in ("offline", "simulated"):
        return None
    return JobWarning(
        "SAMPLE_TEXT",
        "No language model is available, so the script is a sample text that names the topic and "
        "says nothing about it. Send a `script` to have your own words spoken.",
    )


def _voice(options: JobOptions, speaker: EngineChoice | None) -> JobWarning | None:
    if speaker is None or speaker.name != "espeak" or options.voice_id:
        return None
    language = NAMES.get(primary(options.language), options.language)
    spoken = "robotic"
    if primary(options.language) in HARD_TO_UNDERSTAND:
        spoken = "robotic, and hard to understand"
    more = (
        " `callsheet models fetch kokoro` brings a better one."
        if any(
            voice.engine == "kokoro" and voice.primary_language == primary(options.language)
            for voice in VOICES.values()
        )
        and primary(options.language) != "ja"
        else ""
    )
    return JobWarning(
        "ROBOTIC_VOICE",
        f"The only voice for {language} on this server is {spoken}.{more}",
    )
