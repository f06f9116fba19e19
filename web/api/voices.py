"""The routes of voices: those that a job may name, and how they sound."""

from __future__ import annotations

from typing import Any

import redis
from flask import Response, send_file

from tasks.domain.errors import NotReady
from tasks.nodes import registry
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.voices import Voices
from web.errors import VoiceSampleNotFound
from web.services import current_services
from web.workers import voice_samples
from web.workers.voices import listed

_DAY = 24 * 3600

voices = Blueprint("voices", __name__, description="Voices of the live workers.")


@voices.get("/voices")
@voices.response(200, Voices)
@documented_errors(voices, 503, "NOT_READY")
def listing() -> dict[str, Any]:
    """List the voices that a job may name, with language, gender, style and licence"""
    try:
        return {"voices": listed(registry.alive(current_services().redis))}
    except redis.RedisError:
        raise NotReady from None


@voices.get("/voices/<voice_id>/sample")
@voices.response(200, content_type="audio/mpeg")
@documented_errors(voices, 404, "VOICE_SAMPLE_NOT_FOUND")
def sample(voice_id: str) -> Response:
    """Play a few seconds of a voice (MP3)"""
    path = voice_samples.sample(voice_id)
    if path is None:
        raise VoiceSampleNotFound
    response = send_file(path, mimetype="audio/mpeg", max_age=_DAY)
    # Anyone may hear it, also from the page of another site.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
