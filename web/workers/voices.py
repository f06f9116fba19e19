"""List the voices of live workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tasks.domain.voices import VOICES, Voice, default_voice, suggested_for
from tasks.nodes.registry import Node
from web.workers import voice_samples


def listed(alive: Sequence[Node]) -> list[dict[str, Any]]:
    """List the voices that a job may name now, each language's default first."""
    offered = {
        voice: offer.languages
        for node in alive
        for offer in node.offers
        if offer.stage == "voice" and offer.ok
        for voice in offer.voices
        if voice in VOICES
    }
    able = [VOICES[voice] for voice in offered if _speaks(VOICES[voice], offered[voice])]
    defaults = {_default(voice, able) for voice in able}
    described = [
        _described(voice, is_default=voice.id in defaults)
        | {"suggested_for": _register(voice, able)}
        for voice in able
    ]
    return sorted(described, key=lambda v: (v["language"], not v["default"], v["id"]))


def _speaks(voice: Voice, languages: Sequence[str]) -> bool:
    """Return whether an engine can speak the voice's own language here."""
    return not languages or voice.primary_language in languages


def _register(voice: Voice, able: Sequence[Voice]) -> str | None:
    """Return the kind of voice for which a job in its language gets this one by a suggestion."""
    default = VOICES[_default(voice, able)]
    if default.engine != voice.engine:
        return None
    return suggested_for(voice, [v.id for v in able]) or None


def _default(voice: Voice, able: Sequence[Voice]) -> str:
    """Return the voice that a job in this language gets without asking."""
    same = [v for v in able if v.primary_language == voice.primary_language]
    engine = min(same, key=lambda v: _ENGINES.index(v.engine)).engine
    return default_voice(engine, voice.language, [v.id for v in same])


_ENGINES = ("kokoro", "piper", "espeak")


def _described(voice: Voice, *, is_default: bool) -> dict[str, Any]:
    return {
        "id": voice.id,
        "name": voice.name,
        "language": voice.language,
        "gender": voice.gender or None,
        "style": voice.style,
        "engine": voice.engine,
        "licence": voice.licence,
        "default": is_default,
        "sample_url": f"/voices/{voice.id}/sample" if voice_samples.sample(voice.id) else None,
    }
