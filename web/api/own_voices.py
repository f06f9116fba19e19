"""The routes of the library's voices: own recordings, and the built-in voices beside them."""

from __future__ import annotations

from typing import Any

import redis

from tasks.domain.errors import NotReady
from tasks.domain.voices import primary
from tasks.nodes import registry
from web.access import scopes
from web.api import library_items
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.item_routes import ItemRoutes
from web.api.schemas.images import ChangeRecording, LibraryVoice, LibraryVoices, VoiceSearch
from web.db.engine import reading
from web.db.pages import Page
from web.images import listing
from web.images.errors import VoiceNotFound
from web.images.listing import Search
from web.images.models import PREFIXES, LibraryItem
from web.services import current_services
from web.workers.voices import listed

own_voices = Blueprint("own_voices", __name__, description="The voices that an owner may use.")


def _own(item: LibraryItem) -> dict[str, Any]:
    entry = listing.entry(item)
    sound = entry["examination"].get("sound") or {}
    known = {"language": sound.get("language") or None, "engine": None, "licence": None}
    return {**entry, **known, "source": "own", "sample_url": entry["signed_url"]}


ItemRoutes(
    blueprint=own_voices,
    kind="voice",
    noun="recording",
    formats="recording of a voice (WAV, MP3, FLAC, OGG or M4A)",
    parameter="voice_id",
    not_found="VOICE_NOT_FOUND",
    in_use="VOICE_IN_USE",
    schema=LibraryVoice,
    report=_own,
    content_type="audio/wav",
    preview_type="image/png",
    preview="a picture of the waveform of a recording",
    change=ChangeRecording,
    changed="Change the name of a recording, or keep a part of it only",
    change_refused=("FILE_VALIDATION_FAILED",),
).add()


@own_voices.get("/api/voices")
@own_voices.arguments(VoiceSearch, location="query")
@own_voices.response(200, LibraryVoices)
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 422, "VALIDATION_FAILED")
@documented_errors(own_voices, 503, "NOT_READY")
def find_all(sent: dict[str, Any]) -> dict[str, Any]:
    """List your recordings, newest first, and after the last of them the built-in voices

    A caller without a library gets the built-in voices.
    """
    source, language = sent.pop("source", None), sent.pop("language", None)
    page = _own_page(source, sent)
    found = [_own(item) for item in page.rows]
    if page.next_cursor is None and source != "own" and not sent.get("public"):
        found += _built_in(language, sent.get("q", ""))
    return {"voices": found, "next_cursor": page.next_cursor}


@own_voices.get("/api/voices/<voice_id>")
@own_voices.response(200, LibraryVoice)
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND")
@documented_errors(own_voices, 503, "NOT_READY")
def get(voice_id: str) -> dict[str, Any]:
    """Get a recording, or a built-in voice"""
    if voice_id.startswith(PREFIXES["voice"]):
        return _own(library_items.find("voice", voice_id))
    for voice in _built_in():
        if voice["id"] == voice_id:
            return voice
    raise VoiceNotFound


def _own_page(source: str | None, sent: dict[str, Any]) -> Page[LibraryItem]:
    """Return a page of the caller's recordings; who has no library may list the built-in voices."""
    wanted = sent.pop("owner", None)
    if source == "built_in" or (source is None and scopes.of_library() is None and not wanted):
        return Page([], None)
    owner = scopes.require_library(wanted)
    with reading() as db:
        return listing.page(db, Search(owner, "voice", **sent))


def _built_in(language: str | None = None, q: str = "") -> list[dict[str, Any]]:
    """List the voices of live workers, as `GET /voices` does."""
    try:
        voices = listed(registry.alive(current_services().redis))
    except redis.RedisError:
        raise NotReady from None
    return [
        {**voice, "source": "built_in"}
        for voice in voices
        if (language is None or primary(voice["language"]) == primary(language))
        and q.lower() in voice["name"].lower()
    ]
