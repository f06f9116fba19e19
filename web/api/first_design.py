"""The routes of the product's first design: start a job with one form, and get its status."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flask import Response
from marshmallow import ValidationError, fields, pre_load, validate

from tasks.domain import strict_json
from tasks.domain.job import JobOptions
from web.access import claims, owners, presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors, documented_start
from web.api.multipart import FORM, Received, received
from web.api.schemas.files import BINARY
from web.api.schemas.jobs import JobConsent, JobReport, JobStarted
from web.api.schemas.sessions import SessionStatus
from web.api.schemas.start import FromLibrary, is_true
from web.api.schemas.text import Text
from web.api.start import HEADERS, idempotency_request, started_response, webhook_of_job
from web.db.engine import reading
from web.http.authentication import authenticated
from web.http.errors import validation_failed
from web.http.senders import sender
from web.jobs import idempotency, modes, submission
from web.jobs import report as reports
from web.jobs.charging import Origin
from web.jobs.consent import Stated
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.inputs import NamedUploads
from web.jobs.submission import Submission, with_all
from web.services import Services, current_services
from web.sessions import lifecycle, names
from web.sessions.limits import require_upload_space
from web.sessions.uploads import store
from web.storage import session_service
from web.trust import consents
from web.uploads.candidate import Kind
from web.uploads.validation import limit_of

GREETING: Final = (
    "Hello! It is good to see you here. "
    "This greeting is spoken because no script was sent along; yours comes next."
)


_PARTS: Final[tuple[tuple[Kind, str], ...]] = (("face", "face_image"), ("voice", "voice_audio"))


class StartFields(FromLibrary):
    """The text fields of the form: the user, the job's options and what its owner keeps."""

    consent = fields.Nested(JobConsent)
    user_id = Text(required=True, validate=validate.Length(1, 200))

    @pre_load
    def _from_text(self, data: Mapping[str, str], **_: Any) -> dict[str, Any]:
        """Parse numbers, switches and lists from text; ignore empty fields."""
        sent = {name: self._typed(name, text) for name, text in data.items() if text.strip()}
        # `use_audio_as_is` may be sent as false, so its presence alone does not count.
        silent = not is_true(sent.get("use_audio_as_is"))
        if silent and not {"script", "topic"} & set(sent):
            sent["script"] = GREETING
        return sent

    def _typed(self, name: str, text: str) -> Any:
        if not isinstance(self.fields.get(name), fields.Integer | fields.Dict | fields.Nested):
            return text
        try:
            return strict_json.loads(text)
        except strict_json.InvalidJson:
            raise ValidationError({name: ["Not valid here."]}) from None


first_design = Blueprint(
    "first_design", __name__, description="Session, uploads and job in one request."
)


class StartForm(StartFields):
    """The whole form: files, and the fields of a start as text."""

    OPENAPI: dict[str, Any] = {  # noqa: RUF012
        "anyOf": [{"required": ["face_image"]}, {"required": ["face_image_id"]}],
        "not": {"required": ["script", "topic"]},
    }

    face_image = fields.Raw(metadata=BINARY)
    voice_audio = fields.Raw(metadata=BINARY)


_FORM: Final = {"required": True, "content": {FORM: {"schema": StartForm}}}


@first_design.post("/api/start-processing")
@first_design.doc(requestBody=_FORM, parameters=HEADERS)
@first_design.response(202, JobStarted)
@first_design.alt_response(
    200, schema=JobReport, description="The job ended within `Prefer: wait=N`"
)
@documented_start(
    first_design,
    {
        403: ("USER_MISMATCH",),
        413: ("QUOTA_EXCEEDED",),
        422: ("FILE_VALIDATION_FAILED",),
        503: ("SESSION_LIMIT", "SCAN_UNAVAILABLE"),
        507: ("STORAGE_FULL",),
    },
)
def start_processing() -> Response:
    """Create a session, upload files and start a job in one request

    With `X-Session-ID` the job starts in that session, otherwise in a new one. Without a script,
    a topic or `use_audio_as_is`, a greeting is spoken. `face_image_id` and `voice_id` name what
    the caller keeps, in place of files.
    """
    held = current_services()
    require_upload_space(held)
    largest = max(limit_of(held.settings, "face"), limit_of(held.settings, "voice"))
    with received(held.settings.path("temp"), largest, files=2) as form:
        start_form = _parse_form(form, modes.current_mode(held))
        taken = _repeated(held, start_form) or _start(held, form, start_form)
    return started_response(taken, has_webhook=start_form.webhook_url is not None)


@first_design.get("/api/session/<session_id>/status")
@first_design.response(200, SessionStatus)
@documented_errors(first_design, 404, "SESSION_NOT_FOUND")
def session_status(session_id: str) -> dict[str, Any]:
    """Get a session (same as `GET /session/{session_id}/status`)"""
    with reading() as db:
        return reports.session_report(db, lifecycle.find(db, session_id))


@dataclass(frozen=True, slots=True)
class _StartForm:
    """The parsed form."""

    user_id: str
    options: JobOptions
    consent: Stated | None
    kept: Mapping[str, str]
    """The ids of the caller's library, by the part that they replace."""
    session: str | None
    """The name of the session whose id was sent; None: open a new one."""
    under_key: IdempotencyRequest | None
    webhook_url: str | None = None
    """Receives the end of the job."""


def _parse_form(form: Received, mode: str) -> _StartForm:
    fields = {"mode": mode} | form.fields
    if "voice_audio" in form.files and not {"match_voice", "use_audio_as_is"} & set(fields):
        fields["match_voice"] = "true"  # a voice is sent to be used
    try:
        sent = StartFields().load(fields)
    except ValidationError as error:
        raise validation_failed(error.messages) from None
    user_id, consent = claims.require_own(sent.pop("user_id")), sent.pop("consent", None)
    webhook_url = sent.pop("webhook_url", None)
    kept = _kept(form, sent)
    options = JobOptions(**sent)
    session = _sent_session()
    files = [_sha256(path) for path, _ in form.files.values()]
    further = [part for part in (webhook_url, kept) if part]
    under_key = idempotency_request(
        session or owners.of_request(), options, consent, user_id, files, *further
    )
    return _StartForm(user_id, options, consent, kept, session, under_key, webhook_url)


def _kept(form: Received, sent: dict[str, Any]) -> dict[str, str]:
    """Take the ids of the caller's library out of the fields; each replaces a file."""
    names = {"face_image": "face_image_id", "voice_audio": "voice_id"}
    for part, name in names.items():
        if part in form.files and name in sent:
            raise validation_failed({name: [f"Give either `{name}` or `{part}`."]})
    return {part: sent.pop(name) for part, name in names.items() if name in sent}


def _sent_session() -> str | None:
    given = presented.in_header()
    return None if given is None else presented.session(given)


def _repeated(held: Services, start_form: _StartForm) -> Submission | None:
    """Return the job that an earlier request with this key started, if any."""
    taken = submission.repeated(start_form.under_key)
    if taken is not None and start_form.session is None and start_form.under_key is not None:
        session_id = _new_id(held, replace(start_form.under_key, nonce=taken.nonce))
        if names.name_of(session_id) == taken.job.session_id:  # false if `SECRET_KEY` has changed
            presented.noted(taken.job.session_id, session_id)
    return taken


def _new_id(held: Services, under_key: IdempotencyRequest | None) -> str:
    if under_key is None:
        return names.new_id()
    return presented.derived(held, under_key.scope, under_key.key, under_key.nonce)


def _start(held: Services, form: Received, start_form: _StartForm) -> Submission:
    if "face_image" not in start_form.kept:
        form.file("face_image")
    url = start_form.webhook_url
    webhook = [] if url is None else [webhook_of_job(url)]  # refused before any work is done
    with (
        idempotency.reserved(start_form.under_key) as mine,
        _session(held, start_form, mine) as session,
    ):
        face, voice = (_store(held, session, form, *part) for part in _PARTS)
        kept_face, kept_voice = (start_form.kept.get(part) for _, part in _PARTS)
        uploads = NamedUploads(face, voice, owners.of_request(), kept_face, kept_voice)
        options, consent = start_form.options, start_form.consent
        origin = Origin(authenticated().key_id)
        return submission.start(
            held,
            session,
            options,
            consent,
            mine,
            uploads=uploads,
            origin=origin,
            with_job=with_all(consents.for_job({}), *webhook),
        )


def _store(held: Services, session: str, form: Received, kind: Kind, part: str) -> str | None:
    """Store a file of the form and return its id, so that the job uses no other one."""
    if part not in form.files:
        return None
    return store(held, session, kind, *form.file(part), sender=sender(held)).id


@contextmanager
def _session(
    held: Services, start_form: _StartForm, under_key: IdempotencyRequest | None
) -> Iterator[str]:
    """Return the caller's session, or open a new one that ends if the start fails."""
    if start_form.session is not None:
        yield start_form.session
        return
    session_id, user_id = _new_id(held, under_key), start_form.user_id
    user_session = session_service.open_session(
        held,
        user_id,
        owner=owners.of_new_session(),
        org_id=owners.organisation(),
        opened_from=sender(held),
        session_id=session_id,
    )
    try:
        yield presented.noted(user_session.id, session_id)
    except BaseException:
        # The caller never learns the session's id.
        session_service.delete_session(held, user_session.id)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
