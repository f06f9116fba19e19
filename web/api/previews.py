"""The routes that let a scene be heard before its job starts."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, url_for
from marshmallow import ValidationError

from tasks.domain.errors import ConsentRequired
from tasks.domain.job import JobOptions
from tasks.domain.splitter import MARK, split
from web.access import owners, presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.options import Options
from web.api.schemas.previews import PreviewScene, ScenePreview
from web.errors import PreviewNotFound, SessionRequired
from web.http.errors import validation_failed
from web.jobs import modes, quotes, scene_previews
from web.jobs.scene_previews import Asked
from web.services import current_services

previews = Blueprint("previews", __name__, description="Scenes to hear before a job starts.")

_WAIT_SECONDS: Final = 5.0
"""How long a request waits for the sound before it says that it is being made."""
_SPEECH: Final = "speech.wav"


@previews.post("/api/previews")
@previews.arguments(PreviewScene)
@previews.response(202, ScenePreview)
@documented_errors(previews, 404, "SESSION_NOT_FOUND")
@documented_errors(previews, 422, "VALIDATION_FAILED", "CONSENT_REQUIRED")
@documented_errors(previews, 503, "ENGINE_UNAVAILABLE", "NOT_READY")
def create(sent: dict[str, Any]) -> dict[str, Any]:
    """Speak one scene as a job would, to hear it before the start; it costs nothing

    A job that speaks the same text with the same voice afterwards reuses it.
    """
    services = current_services()
    session = presented.session(sent.pop("session_id"))
    recording = quotes.newest_uploads(session).get("voice") if sent["match_voice"] else None
    if recording is not None and services.settings.consent == "required":
        raise ConsentRequired
    try:
        options = Options().load({"script": _one_scene(sent.pop("text")), **sent})
    except ValidationError as error:
        raise validation_failed(error.messages) from None
    asked = Asked(
        session,
        JobOptions(**({"mode": modes.current_mode(services)} | options)),
        recording,
    )
    name = scene_previews.start(services, asked)
    return {"preview_id": name, "url": url_for("previews.get", preview_id=name)}


@previews.get("/api/previews/<preview_id>")
@previews.response(200, content_type="audio/wav")
@documented_errors(previews, 401, "SESSION_REQUIRED")
@documented_errors(previews, 404, "PREVIEW_NOT_FOUND")
@documented_errors(previews, 409, "PREVIEW_FAILED")
def get(preview_id: str) -> Response:
    """Hear a scene (WAV); 202 while it is being spoken"""
    services = current_services()
    session = scene_previews.session_of(services, preview_id)
    _require(session)
    found = scene_previews.speech(services, preview_id, _WAIT_SECONDS)
    if found is None:
        return Response(status=202, headers={"Retry-After": "1"})
    body = b"".join(services.artifacts.read(found.parts[_SPEECH]))
    return Response(body, mimetype="audio/wav", headers={"Cache-Control": "private, no-store"})


def _require(session: str) -> None:
    """Raise unless the request has the key to a session."""
    given = presented.in_header()
    if given is None and not owners.owns_session(session):
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    if given is not None and presented.session(given) != session:
        raise PreviewNotFound


def _one_scene(text: str) -> str:
    """Return the first scene of a text, marked so that it stays one."""
    scenes = split(text)
    return f"{scenes[0].text}\n{MARK}" if scenes else text
