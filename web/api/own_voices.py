"""The routes of the library's voices: own recordings, and the built-in voices beside them."""

from __future__ import annotations

from typing import Any, Final

import redis
from flask import Response, jsonify

from tasks.domain.errors import NotReady
from tasks.domain.voices import primary
from tasks.nodes import registry
from web.access import scopes
from web.access.actor import current_actor
from web.api import library_items
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.images import ItemLink, LibraryVoice, LibraryVoices, NewName, VoiceSearch
from web.db.engine import reading
from web.db.pages import Page
from web.images import listing, publishing
from web.images.errors import VoiceNotFound
from web.images.listing import Search
from web.images.models import PREFIXES, LibraryItem
from web.services import current_services
from web.workers.voices import listed

own_voices = Blueprint("own_voices", __name__, description="The voices that an owner may use.")

_BINARY: Final = {"format": "binary", "type": "string"}


@own_voices.post("/api/voices")
@own_voices.doc(**library_items.BODY)
@own_voices.response(201, LibraryVoice)
@own_voices.alt_response(200, schema=LibraryVoice, description="You have this recording already")
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 404, "UPLOAD_NOT_FOUND")
@documented_errors(own_voices, 413, "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE")
@documented_errors(own_voices, 422, "VALIDATION_FAILED", "FILE_VALIDATION_FAILED")
def create() -> Response:
    """Add a recording of a voice (WAV, MP3, FLAC, OGG or M4A), or keep an upload"""
    stored = library_items.add("voice")
    response = jsonify(LibraryVoice().dump(_own(stored.item)))
    response.status_code = 201 if stored.is_new else 200
    response.headers["Location"] = f"/api/voices/{stored.item.id}"
    return response


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


@own_voices.patch("/api/voices/<voice_id>")
@own_voices.arguments(NewName)
@own_voices.response(200, LibraryVoice)
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND")
@documented_errors(own_voices, 422, "VALIDATION_FAILED")
def rename(sent: dict[str, Any], voice_id: str) -> dict[str, Any]:
    """Change the name of a recording"""
    return _own(listing.rename("voice", voice_id, sent["name"].strip()))


@own_voices.delete("/api/voices/<voice_id>")
@own_voices.response(204)
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND")
def remove(voice_id: str) -> None:
    """Delete a recording; jobs that use it go on"""
    library_items.remove("voice", voice_id)


@own_voices.get("/api/voices/<voice_id>/content")
@own_voices.response(200, _BINARY, content_type="audio/wav")
@documented_errors(own_voices, 401, "SESSION_REQUIRED", "LINK_INVALID")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(own_voices, 451, "CONSENT_WITHDRAWN")
def content(voice_id: str) -> Response:
    """Download a recording, or a range of its bytes"""
    return library_items.content("voice", voice_id)


@own_voices.get("/api/voices/<voice_id>/thumbnail")
@own_voices.response(200, _BINARY, content_type="image/png")
@documented_errors(own_voices, 401, "SESSION_REQUIRED", "LINK_INVALID")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(own_voices, 451, "CONSENT_WITHDRAWN")
def thumbnail(voice_id: str) -> Response:
    """Get a picture of the waveform of a recording"""
    return library_items.thumbnail("voice", voice_id)


@own_voices.post("/api/voices/<voice_id>/link")
@own_voices.response(201, ItemLink)
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND")
def link(voice_id: str) -> dict[str, Any]:
    """Make a link to a recording that works for 15 minutes without credentials"""
    return library_items.link("voice", voice_id)


@own_voices.post("/api/voices/<voice_id>/public")
@own_voices.response(200, LibraryVoice)
@documented_errors(own_voices, 401, "SESSION_REQUIRED", "LOGIN_REQUIRED")
@documented_errors(own_voices, 403, "EMAIL_NOT_VERIFIED")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND")
def publish(voice_id: str) -> dict[str, Any]:
    """Give a recording a public address"""
    return _own(publishing.publish(current_services(), current_actor(), "voice", voice_id))


@own_voices.delete("/api/voices/<voice_id>/public")
@own_voices.response(200, LibraryVoice)
@documented_errors(own_voices, 401, "SESSION_REQUIRED")
@documented_errors(own_voices, 404, "VOICE_NOT_FOUND")
def withdraw(voice_id: str) -> dict[str, Any]:
    """Take the public address of a recording away"""
    return _own(publishing.withdraw(current_actor(), "voice", voice_id))


def _own_page(source: str | None, sent: dict[str, Any]) -> Page[LibraryItem]:
    """Return a page of the caller's recordings; who has no library may list the built-in voices."""
    wanted = sent.pop("owner", None)
    if source == "built_in" or (source is None and scopes.of_library() is None and not wanted):
        return Page([], None)
    owner = scopes.require_library(wanted)
    with reading() as db:
        return listing.page(db, Search(owner, "voice", **sent))


def _own(item: LibraryItem) -> dict[str, Any]:
    entry = listing.entry(item)
    unknown = {"language": None, "engine": None, "licence": None}
    return {**entry, **unknown, "source": "own", "sample_url": entry["signed_url"]}


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
