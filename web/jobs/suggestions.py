"""Suggest a voice for the picture of a job; a voice that its request names always speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import redis

from tasks.domain.examination import Verdict
from tasks.domain.job import JobOptions
from tasks.domain.offers import first_choices
from tasks.domain.voices import SUGGESTION, VOICES
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.services import Services


def with_suggestion(services: Services, options: JobOptions, picture: Verdict | None) -> JobOptions:
    """Return the options with the kind of voice that is suggested, unless they choose a voice."""
    chosen = options.voice or options.match_voice or options.use_audio_as_is
    if chosen or not services.settings.examination.suggests_voices:
        return options
    register = _register(options, picture)
    return replace(options, voice={"register": register}) if register else options


def suggested_voice(
    services: Services,
    options: JobOptions,
    picture: Verdict | None,
    alive: Sequence[Node] | None = None,
) -> dict[str, Any] | None:
    """Describe the voice that a job has by the suggestion for its picture; None if it has not."""
    register = _register(options, picture)
    if not register or options.voice_id or options.voice_register != register:
        return None
    voice = _voice(services, options, alive)
    if voice and VOICES[voice].register != register:
        return None  # no worker has such a voice for the language
    return {"id": voice or None, "register": register, "reason": SUGGESTION}


def _register(options: JobOptions, picture: Verdict | None) -> str:
    if picture is None or options.mode == "simulation":
        return ""
    return picture.voice_register(options.face_index)


def _voice(services: Services, options: JobOptions, alive: Sequence[Node] | None) -> str:
    """Return the voice that a job with these options has now; empty if that is not known."""
    try:
        alive = registry.alive(services.redis) if alive is None else alive
    except redis.RedisError:
        return ""
    offers = [offer for node in alive for offer in node.offers]
    offer = first_choices(offers, options, ("voice",))["voice"]
    voice = "" if offer is None else offer.choice(options).voice
    return voice if voice in VOICES else ""
