"""The addresses of the product's first design: a whole start in one form, and its status."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from flask_smorest import Blueprint
from marshmallow import ValidationError

from tasks.domain.job import JobOptions
from web import idempotency, intake, sessions
from web.api.refusals import refuses
from web.api.starting import HEADERS, answer, wanted
from web.database import reading
from web.intake import Taken
from web.problems import validation_failed
from web.reports import sessions as reports
from web.schemas.forms import OneCall
from web.schemas.jobs import JobReport, Started
from web.schemas.sessions import Status
from web.services import Services, services
from web.uploads.receiving import Received, received
from web.uploads.storing import Accepted, accept, enter, limit_of

first_design = Blueprint("first_design", __name__, description="Everything in one call.")

_BINARY: Final = {"type": "string", "format": "binary"}
_FORM: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["user_id", "face_image"],
                "properties": {
                    "user_id": {"type": "string"},
                    "face_image": _BINARY,
                    "voice_audio": _BINARY,
                    "script": {"type": "string"},
                    "topic": {"type": "string"},
                },
                "additionalProperties": {"type": "string"},
            }
        }
    },
}


@first_design.post("/api/start-processing")
@first_design.doc(requestBody=_FORM, parameters=HEADERS)
@first_design.response(202, Started)
@first_design.alt_response(200, schema=JobReport, description="Ended within `Prefer: wait=N`")
@refuses(first_design, 409, "IDEMPOTENCY_KEY_IN_USE")
@refuses(first_design, 422, "VALIDATION_FAILED", "FILE_VALIDATION_FAILED")
def start_processing() -> Response:
    """Session, uploads and job in one form; without words, a greeting is spoken"""
    held = services()
    largest = max(limit_of(held.settings, "face"), limit_of(held.settings, "voice"))
    with received(held.settings.path("temp"), largest, files=2) as form:
        user_id, options = _wish(form, held.settings.default_mode)
        files = _files(held, form)
    wish = wanted(f"user:{user_id}", options, *(file.blob.sha256 for file in files))
    return answer(intake.repeated(wish) or _start(held, user_id, options, files, wish))


@first_design.get("/api/session/<session_id>/status")
@first_design.response(200, Status)
@refuses(first_design, 404, "SESSION_NOT_FOUND")
def session_status(session_id: str) -> dict[str, Any]:
    """The same as `GET /session/{session_id}/status`"""
    with reading() as database:
        return reports.report(database, sessions.find(database, session_id))


def _wish(form: Received, mode: str) -> tuple[str, JobOptions]:
    fields = {"mode": mode} | form.fields
    if "voice_audio" in form.files and not {"match_voice", "use_audio_as_is"} & set(fields):
        fields["match_voice"] = "true"  # why else would somebody send a voice
    try:
        sent = OneCall().load(fields)
    except ValidationError as refused:
        raise validation_failed(refused.messages) from None
    user_id = sent.pop("user_id")
    return user_id, JobOptions(**sent)


def _files(held: Services, form: Received) -> list[Accepted]:
    files = [accept(held, "face", *form.file("face_image"))]
    if "voice_audio" in form.files:
        files.append(accept(held, "voice", *form.file("voice_audio")))
    return files


def _start(
    held: Services,
    user_id: str,
    options: JobOptions,
    files: list[Accepted],
    wish: idempotency.Wanted | None,
) -> Taken:
    with idempotency.holding(wish) as mine:
        room = sessions.create(user_id)
        for file in files:
            enter(held, room.id, file)
        return intake.start(held, room.id, options, mine)
