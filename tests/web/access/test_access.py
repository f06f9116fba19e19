"""Who may do what: every route and every socket event, for every kind of caller.

A route or an event without its row fails the test. A new one needs a row, not a new test:
whatever has `session_id` or `job_id` in its address is guarded because it has it, and
`OPERATORS` are those that `operators_only` guards.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
import pytest
import websocket
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from config.token_issuers import TokenIssuer
from tasks.domain.artifact import Blob
from tests.changed_settings import changed
from tests.services import token_issuer
from tests.web.conftest import as_operator, close, serving
from tests.web.listener import listening
from tests.web.samples import picture
from web.api.studio import ADDRESSES
from web.app import create_app
from web.batches.models import Batch
from web.db.engine import reading, writing
from web.images.models import LibraryItem
from web.jobs.models import Job
from web.projects.models import VideoProject
from web.services import current_services
from web.sessions import names
from web.sessions.links import in_path
from web.sessions.models import Output, Upload, UserSession
from web.wsgi import create_live_app

CALLERS: Final = (
    *("stranger", "other", "guesser", "node", "passerby"),
    *("owner", "visitor", "operator"),
)
"""`stranger` knows all names and no id; `other` has a session of its own; a node has its token.
`passerby` has the cookie of another browser; `visitor` has the owner's, and knows names only."""
REFUSED_CALLERS: Final = CALLERS[:5]

IN: Final = "in"
NO_SESSION, NO_JOB = "SESSION_NOT_FOUND", "JOB_NOT_FOUND"
NO_KEY, NO_LINK, NO_OPERATOR = "SESSION_REQUIRED", "LINK_INVALID", "OPERATORS_ONLY"
NO_LOGIN, NO_UPLOAD = "LOGIN_REQUIRED", "UPLOAD_NOT_FOUND"
NO_PREVIEW = "PREVIEW_NOT_FOUND"
NO_OWNER, NO_ADMIN = "OWNER_ONLY", "ADMINS_ONLY"
NO_IMAGE, NO_VOICE, NO_PROJECT = "IMAGE_NOT_FOUND", "VOICE_NOT_FOUND", "PROJECT_NOT_FOUND"
NO_BATCH = "BATCH_NOT_FOUND"
REFUSED: Final = (
    *(NO_PREVIEW, NO_SESSION, NO_JOB, NO_UPLOAD, NO_KEY, NO_LINK, NO_OPERATOR, NO_LOGIN),
    *(NO_IMAGE, NO_VOICE, NO_PROJECT, NO_BATCH, NO_OWNER, NO_ADMIN),
)

# One cell for each of CALLERS.
PUBLIC = (IN,) * 8
SESSION = (NO_SESSION,) * 5 + (IN,) * 3
JOB = (NO_KEY, *(NO_JOB,) * 4, IN, IN, IN)
OWN_JOB = (NO_KEY, *(NO_JOB,) * 4, IN, IN, NO_OWNER)
PREVIEW = (NO_PREVIEW,) * 8
"""None has this id; `tests/web/jobs/test_scene_previews.py` has one that exists."""
UPLOAD = (NO_KEY, *(NO_UPLOAD,) * 4, IN, IN, IN)
LIBRARY = (NO_KEY, IN, NO_SESSION, NO_SESSION, IN, IN, IN, IN)
"""Lists what belongs to the caller."""
KEEPER = (NO_KEY, NO_KEY, NO_KEY, NO_KEY, IN, NO_KEY, IN, IN)
"""Needs an owner; the id of a session proves that of no visitor."""
IMAGE = (NO_KEY, *(NO_IMAGE,) * 5, IN, IN)
VOICE = (NO_KEY, *(NO_VOICE,) * 5, IN, IN)
PROJECT = (NO_KEY, *(NO_PROJECT,) * 5, IN, IN)
BATCH = (NO_KEY, *(NO_BATCH,) * 5, IN, IN)

OPERATORS = (NO_OPERATOR,) * 7 + (IN,)
OWN_SESSION = (IN, IN, NO_SESSION, NO_SESSION, IN, IN, IN, IN)
"""Takes the session that is sent along, and opens one where none is."""

CONSENT = (NO_KEY, IN, NO_SESSION, NO_SESSION, IN, IN, IN, IN)
"""A consent of the caller; another's is not found, like one that does not exist."""

USERS = (NO_LOGIN,) * 8
"""Wants the access token of a user, which none of these callers has."""

ADMINS = (NO_LOGIN,) * 7 + (IN,)

SIGN_IN = (NO_OPERATOR,) * 8
"""Needs the code of a link or the token in its body, from every caller."""

OF_ISSUER: Final = {
    **dict.fromkeys((PUBLIC, LIBRARY, KEEPER, OWN_SESSION, USERS), IN),
    **{JOB: NO_JOB, OWN_JOB: NO_JOB, SESSION: NO_SESSION, UPLOAD: NO_UPLOAD},
    **{
        IMAGE: NO_IMAGE,
        VOICE: NO_VOICE,
        PROJECT: NO_PROJECT,
        BATCH: NO_BATCH,
        SIGN_IN: NO_OPERATOR,
    },
    **{OPERATORS: NO_OPERATOR, ADMINS: NO_ADMIN, PREVIEW: NO_PREVIEW},
}
"""The cell of one more caller, where the others differ: a person with the bearer token of an
allowed issuer, who knows all names. For us, that is a user like any other."""

PAGE_RULE = f"/<any({','.join(ADDRESSES)}):page>"
_STATE = "/uploads/<session_id>/<upload_id>"
_PROJECT = "/api/projects/<project_id>"
_BATCH = "/api/batches/<batch_id>"

# Those that end something come last, in an order in which each still has something to end.
ROUTES: Final = {
    ("GET", "/"): PUBLIC,
    ("GET", "/account"): PUBLIC,
    ("GET", "/account/<view>"): PUBLIC,
    ("GET", PAGE_RULE): PUBLIC,
    ("GET", "/api/admin/audit"): ADMINS,
    ("GET", "/api/admin/audit/export"): ADMINS,
    ("GET", "/api/admin/invitations"): ADMINS,
    ("POST", "/api/admin/invitations"): ADMINS,
    ("DELETE", "/api/admin/invitations/<invitation_id>"): ADMINS,
    ("GET", "/api/admin/users"): ADMINS,
    ("GET", "/api/admin/users/<user_id>"): ADMINS,
    ("PATCH", "/api/admin/users/<user_id>"): ADMINS,
    ("POST", "/api/admin/users/<user_id>/reinstate"): ADMINS,
    ("POST", "/api/admin/users/<user_id>/suspend"): ADMINS,
    ("DELETE", "/api/admin/users/<user_id>/totp"): ADMINS,
    ("GET", "/api/auth/identities"): USERS,
    ("DELETE", "/api/auth/identities/<identity_id>"): USERS,
    ("GET", "/api/admin/users/<user_id>/credits"): ADMINS,
    ("POST", "/api/admin/users/<user_id>/credits"): ADMINS,
    ("POST", "/api/auth/login"): PUBLIC,
    ("POST", "/api/auth/logout"): PUBLIC,
    ("DELETE", "/api/auth/me"): USERS,
    ("GET", "/api/auth/me"): USERS,
    ("PATCH", "/api/auth/me"): USERS,
    ("GET", "/api/auth/me/export"): USERS,
    ("GET", "/api/auth/passkeys"): USERS,
    ("POST", "/api/auth/passkeys"): USERS,
    ("PATCH", "/api/auth/passkeys/<passkey_id>"): USERS,
    ("DELETE", "/api/auth/passkeys/<passkey_id>"): USERS,
    ("POST", "/api/auth/passkeys/options"): USERS,
    ("POST", "/api/auth/passkeys/sign-in"): PUBLIC,
    ("POST", "/api/auth/passkeys/sign-in/options"): PUBLIC,
    ("POST", "/api/auth/password/change"): USERS,
    ("POST", "/api/auth/password/forgot"): PUBLIC,
    ("POST", "/api/auth/password/reset"): PUBLIC,
    ("POST", "/api/auth/refresh"): PUBLIC,
    ("POST", "/api/auth/register"): PUBLIC,
    ("POST", "/api/auth/second-factor"): PUBLIC,
    ("POST", "/api/billing/checkout"): USERS,
    ("POST", "/api/billing/portal"): USERS,
    ("POST", "/api/billing/stripe/webhook"): PUBLIC,
    ("GET", "/api/plans"): PUBLIC,
    ("GET", "/api/models"): PUBLIC,
    ("GET", "/api/models/changes"): PUBLIC,
    ("POST", "/api/models"): OPERATORS,
    ("GET", "/api/provider-calls"): OPERATORS,
    ("POST", "/api/provider-calls/<call_id>/resolve"): OPERATORS,
    ("GET", "/api/budgets"): USERS,
    ("PUT", "/api/budgets"): USERS,
    ("DELETE", "/api/budgets/<budget_id>"): USERS,
    ("GET", "/api/credits"): USERS,
    ("GET", "/api/credits/transactions"): USERS,
    ("POST", "/api/estimate"): PUBLIC,
    ("GET", "/api/usage"): USERS,
    ("POST", "/api/verify"): PUBLIC,
    ("GET", "/verify"): PUBLIC,
    ("GET", "/api/batches"): KEEPER,
    ("POST", "/api/batches"): KEEPER,
    ("GET", _BATCH): BATCH,
    ("POST", f"{_BATCH}/start"): BATCH,
    ("POST", f"{_BATCH}/cancel"): BATCH,
    ("GET", "/api/projects"): KEEPER,
    ("POST", "/api/projects"): KEEPER,
    ("GET", _PROJECT): PROJECT,
    ("PATCH", _PROJECT): PROJECT,
    ("POST", f"{_PROJECT}/upload-sample"): PROJECT,
    ("POST", f"{_PROJECT}/upload-character"): PROJECT,
    ("POST", f"{_PROJECT}/upload-audio"): PROJECT,
    ("POST", f"{_PROJECT}/analyze"): PROJECT,
    ("GET", f"{_PROJECT}/plan"): PROJECT,
    ("PUT", f"{_PROJECT}/plan"): PROJECT,
    ("POST", f"{_PROJECT}/plan/regenerate"): PROJECT,
    ("POST", f"{_PROJECT}/plan/restore"): PROJECT,
    ("GET", f"{_PROJECT}/chat"): PROJECT,
    ("POST", f"{_PROJECT}/chat"): PROJECT,
    ("GET", f"{_PROJECT}/storyboard"): PROJECT,
    ("POST", f"{_PROJECT}/storyboard"): PROJECT,
    ("POST", f"{_PROJECT}/storyboard/approve"): PROJECT,
    ("POST", f"{_PROJECT}/generate"): PROJECT,
    ("POST", f"{_PROJECT}/regenerate"): PROJECT,
    ("POST", f"{_PROJECT}/regenerate/quote"): PROJECT,
    ("POST", f"{_PROJECT}/cancel"): PROJECT,
    ("GET", f"{_PROJECT}/status"): PROJECT,
    ("GET", f"{_PROJECT}/playlist"): PROJECT,
    ("GET", f"{_PROJECT}/download"): PROJECT,
    ("GET", f"{_PROJECT}/export"): PROJECT,
    ("GET", "/api/consents"): LIBRARY,
    ("POST", "/api/consents"): LIBRARY,
    ("GET", "/api/consents/<consent_id>"): CONSENT,
    ("POST", "/api/consents/<consent_id>/revoke"): CONSENT,
    ("GET", "/api/reports"): OPERATORS,
    ("POST", "/api/reports"): PUBLIC,
    ("GET", "/api/reports/statistics"): OPERATORS,
    ("GET", "/api/reports/<report_id>"): OPERATORS,
    ("GET", "/api/reports/<report_id>/state"): PUBLIC,
    ("POST", "/api/reports/<report_id>/reject"): OPERATORS,
    ("POST", "/api/reports/<report_id>/withdraw"): OPERATORS,
    ("GET", "/api/jobs"): LIBRARY,
    ("GET", "/api/jobs/<job_id>/receipt"): JOB,
    ("GET", "/api/jobs/<job_id>"): JOB,
    ("PATCH", "/api/jobs/<job_id>"): JOB,
    ("GET", "/api/auth/sessions"): USERS,
    ("DELETE", "/api/auth/sessions/<login_id>"): USERS,
    ("DELETE", "/api/auth/totp"): USERS,
    ("GET", "/api/auth/totp"): USERS,
    ("POST", "/api/auth/totp"): USERS,
    ("POST", "/api/auth/totp/confirm"): USERS,
    ("POST", "/api/auth/totp/recovery-codes"): USERS,
    ("POST", "/api/auth/verify"): PUBLIC,
    ("POST", "/api/auth/verify/resend"): USERS,
    ("GET", "/api/auth/<provider>/callback"): PUBLIC,
    ("GET", "/api/auth/<provider>/start"): PUBLIC,
    ("POST", "/api/auth/<provider>/start"): PUBLIC,
    ("GET", "/api/keys"): USERS,
    ("POST", "/api/keys"): USERS,
    ("POST", "/api/keys/<key_id>/rotate"): USERS,
    ("DELETE", "/api/keys/<key_id>"): USERS,
    ("GET", "/api/session/<session_id>/status"): SESSION,
    ("POST", "/api/start-processing"): OWN_SESSION,
    ("POST", "/api/tickets"): SESSION,
    ("GET", "/api/uploads"): LIBRARY,
    ("GET", "/api/uploads/<upload_id>"): UPLOAD,
    ("PATCH", "/api/uploads/<upload_id>"): UPLOAD,
    ("GET", "/api/images"): KEEPER,
    ("POST", "/api/images"): KEEPER,
    ("GET", "/api/images/<image_id>"): IMAGE,
    ("PATCH", "/api/images/<image_id>"): IMAGE,
    ("GET", "/api/images/<image_id>/content"): IMAGE,
    ("GET", "/api/images/<image_id>/crops/<stem>"): IMAGE,
    ("GET", "/api/images/<image_id>/thumbnail"): IMAGE,
    ("POST", "/api/images/<image_id>/link"): IMAGE,
    ("DELETE", "/api/images/<image_id>/public"): IMAGE,
    ("POST", "/api/images/<image_id>/appeal"): IMAGE,
    ("GET", "/moderation"): OPERATORS,
    ("POST", "/moderation/<image_id>"): OPERATORS,
    ("GET", "/api/voices"): PUBLIC,
    ("POST", "/api/voices"): KEEPER,
    ("GET", "/api/voices/<voice_id>"): VOICE,
    ("PATCH", "/api/voices/<voice_id>"): VOICE,
    ("GET", "/api/voices/<voice_id>/content"): VOICE,
    ("GET", "/api/voices/<voice_id>/thumbnail"): VOICE,
    ("POST", "/api/voices/<voice_id>/link"): VOICE,
    ("DELETE", "/api/voices/<voice_id>/public"): VOICE,
    ("GET", "/i/<public_id>"): (NO_IMAGE,) * 8,
    ("GET", "/api/mails"): USERS,
    ("PATCH", "/api/mails"): USERS,
    ("GET", "/api/mails/unsubscribe/<token>"): PUBLIC,
    ("POST", "/api/mails/unsubscribe/<token>"): PUBLIC,
    ("GET", "/api/webhooks"): USERS,
    ("POST", "/api/webhooks"): USERS,
    ("GET", "/api/webhooks/<webhook_id>"): USERS,
    ("PATCH", "/api/webhooks/<webhook_id>"): USERS,
    ("DELETE", "/api/webhooks/<webhook_id>"): USERS,
    ("GET", "/api/webhooks/<webhook_id>/deliveries"): USERS,
    ("POST", "/api/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver"): USERS,
    ("POST", "/api/webhooks/<webhook_id>/replay"): USERS,
    ("POST", "/api/webhooks/<webhook_id>/rotate-secret"): USERS,
    ("POST", "/api/webhooks/<webhook_id>/test"): USERS,
    ("GET", "/analytics"): OPERATORS,
    ("GET", "/cache"): OPERATORS,
    ("GET", "/capabilities"): PUBLIC,
    ("GET", "/dead-letters"): OPERATORS,
    ("GET", "/dead-letters/<letter_id>"): OPERATORS,
    ("DELETE", "/dead-letters/<letter_id>"): OPERATORS,
    ("POST", "/dead-letters/<letter_id>/retry"): OPERATORS,
    ("GET", "/docs"): PUBLIC,
    ("GET", "/docs/<name>"): PUBLIC,
    ("GET", "/docs/guides"): PUBLIC,
    ("GET", "/docs/guides/<path:name>"): PUBLIC,
    ("GET", "/download/<session_id>/<filename>"): SESSION,
    ("GET", "/estimates"): OPERATORS,
    ("GET", "/health"): PUBLIC,
    ("GET", "/health/services"): PUBLIC,
    ("GET", "/jobs"): OPERATORS,
    ("GET", "/livez"): PUBLIC,
    ("GET", "/load"): OPERATORS,
    ("GET", "/metrics"): OPERATORS,
    ("GET", "/metrics/targets"): OPERATORS,
    ("GET", "/asyncapi.json"): PUBLIC,
    ("GET", "/openapi.json"): PUBLIC,
    ("GET", "/operate"): PUBLIC,
    ("GET", "/videos/<video>"): PUBLIC,
    ("GET", "/projects/<project>"): PUBLIC,
    ("GET", "/batches/<batch>"): PUBLIC,
    ("POST", "/operate/links"): OPERATORS,
    ("GET", "/operate/overview"): OPERATORS,
    ("POST", "/operate/sign-in"): SIGN_IN,
    ("POST", "/operate/sign-out"): PUBLIC,
    ("GET", "/operations"): OPERATORS,
    ("GET", "/outputs/<session_id>"): SESSION,
    ("POST", "/api/previews"): SESSION,
    ("GET", "/api/previews/<preview_id>"): PREVIEW,
    ("GET", "/process/<job_id>"): JOB,
    ("GET", "/process/<job_id>/events"): JOB,
    ("GET", "/process/<job_id>/feedback"): JOB,
    ("POST", "/process/<job_id>/feedback"): OWN_JOB,
    ("POST", "/process/estimate"): SESSION,
    ("POST", "/process/start"): SESSION,
    ("GET", "/progress/<session_id>"): SESSION,
    ("WEBSOCKET", "/progress/<session_id>"): SESSION,
    ("GET", "/quarantine"): OPERATORS,
    ("DELETE", "/quarantine/<file_id>"): OPERATORS,
    ("POST", "/quarantine/<file_id>/release"): OPERATORS,
    ("GET", "/readyz"): PUBLIC,
    ("POST", "/session/create"): PUBLIC,
    ("GET", "/session/<session_id>/status"): SESSION,
    ("GET", "/sessions"): OPERATORS,
    ("GET", "/static/<path:name>"): PUBLIC,
    ("POST", "/upload/audio"): SESSION,
    ("POST", "/upload/face"): SESSION,
    ("POST", "/uploads"): SESSION,
    ("GET", _STATE): SESSION,
    ("PATCH", _STATE): SESSION,
    ("POST", _STATE): SESSION,
    ("DELETE", _STATE): SESSION,
    ("GET", "/voices"): PUBLIC,
    ("GET", "/voices/<voice_id>/sample"): PUBLIC,
    ("GET", "/workers"): PUBLIC,
    ("POST", "/workers/<name>/drain"): OPERATORS,
    ("POST", "/workers/<name>/resume"): OPERATORS,
    ("POST", "/jobs/redrive"): OPERATORS,
    ("POST", "/process/<job_id>/retry"): JOB,
    ("POST", "/api/jobs/cancel"): LIBRARY,
    ("POST", "/process/<job_id>/cancel"): JOB,
    ("DELETE", "/process/<job_id>"): JOB,
    ("DELETE", "/api/jobs/<job_id>"): JOB,
    ("DELETE", "/api/uploads/<upload_id>"): UPLOAD,
    ("POST", "/api/images/<image_id>/public"): (NO_KEY, *(NO_IMAGE,) * 5, NO_LOGIN, NO_LOGIN),
    ("POST", "/api/voices/<voice_id>/public"): (NO_KEY, *(NO_VOICE,) * 5, NO_LOGIN, NO_LOGIN),
    ("DELETE", _PROJECT): PROJECT,
    ("DELETE", "/api/images/<image_id>"): IMAGE,
    ("DELETE", "/api/voices/<voice_id>"): VOICE,
    ("POST", "/session/<session_id>/consent/withdraw"): SESSION,
    ("POST", "/cleanup"): SESSION,
    ("POST", "/session/<session_id>/close"): SESSION,
    ("POST", "/session/<session_id>/end"): OPERATORS,
}

EVENTS: Final = {
    "subscribe_progress": SESSION,
    "unsubscribe_progress": PUBLIC,  # only of what the same client hears
    "subscribe_operators": OPERATORS,
}


@dataclass(frozen=True)
class Person:
    """A session with everything that one can have, by id and by name."""

    session_id: str
    name: str
    job_id: str
    upload_id: str
    image_id: str
    recording_id: str
    project_id: str
    batch_id: str
    film: str
    partial: str
    cookie: str


@dataclass(frozen=True)
class Asker:
    """A kind of caller: what it shows, and what it says for a session."""

    headers: dict[str, str]
    says: str
    token: str = ""


PAGE: Final = {"Sec-Fetch-Site": "same-origin"}


def person(http: httpx.Client, app: Flask) -> Person:
    opened = http.post("/session/create", json={"user_id": "ada"}, headers=PAGE)
    session_id, cookie = opened.json()["session_id"], opened.headers["set-cookie"].split(";")[0]
    http.cookies.clear()
    name = names.name_of(session_id)
    with app.app_context():
        face = current_services().artifacts.put_bytes(picture(), "image/png")
        with writing() as db:
            kept = {"session_id": name, **asdict(face)}
            job = Job(session_id=name, options={"script": "Hi."}, inputs={"face": asdict(face)})
            job.state = "failed"
            upload = Upload(kind="face", filename="face.png", **kept)
            db.add_all([upload, job])
            db.flush()
            film = f"{job.id}-final.mp4"
            db.add(Output(job_id=job.id, kind="final_output", filename=film, **kept))
            job_id, upload_id = job.id, upload.id
            image_id, recording_id = _keep(db, "face", face, name), _keep(db, "voice", face, name)
            owner = db.get_one(UserSession, name).owner
            project = VideoProject(owner=owner, session_id=name, name="Mine")
            db.add(project)
            db.flush()
            project_id = project.id
            described = {"template": project_id, "plan": {}, "quote_id": "bq_1"}
            batch = Batch(owner=owner, name="Mine", **described)
            db.add(batch)
            db.flush()
            batch_id = batch.id
    begun = http.post("/uploads", headers=_tus(session_id))
    partial = begun.headers["location"].rpartition("/")[2]
    ids = (job_id, upload_id, image_id, recording_id, project_id, batch_id)
    return Person(session_id, name, *ids, film, partial, cookie)


def _keep(db: Session, kind: str, blob: Blob, session: str) -> str:
    """Add an item to the library of the visitor who owns this session."""
    owner = db.get_one(UserSession, session).owner
    kept = asdict(blob) | {f"preview_{name}": value for name, value in asdict(blob).items()}
    kept["preview_type"] = kept.pop("preview_media_type")
    names = {"name": kind, "original_name": kind, "source_sha256": blob.sha256}
    item = LibraryItem(owner=owner, kind=kind, moderation="approved", **names, **kept)
    db.add(item)
    db.flush()
    return item.id


def _tus(session_id: str) -> dict[str, str]:
    told = {"session_id": session_id, "kind": "voice", "filename": "me.wav"}
    words = (f"{name} {base64.b64encode(v.encode()).decode()}" for name, v in told.items())
    return {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": ",".join(words)}


_PIECE = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}
_FACE = {"face_image": ("me.png", b"no picture")}

SENT: Final[dict[tuple[str, str], Callable[[str], dict[str, Any]]]] = {
    ("POST", "/api/start-processing"): lambda _: {"data": {"user_id": "ada"}, "files": _FACE},
    ("POST", "/operate/sign-in"): lambda _: {"json": {"token": "guess"}},
    ("POST", "/api/models"): lambda _: {
        "json": {"provider": "runway", "id": "new", "name": "new", "takes": ["text"]}
    },
    ("POST", "/api/provider-calls/<call_id>/resolve"): lambda _: {"json": {"bought": False}},
    ("POST", "/process/estimate"): lambda s: {"json": {"session_id": s, "script": "Hi."}},
    ("POST", "/process/start"): lambda s: {"json": {"session_id": s, "script": "Hi."}},
    # Not valid: no worker of this test could speak it.
    ("POST", "/api/previews"): lambda s: {
        "json": {"session_id": s, "text": "Hi.", "language": "de", "voice": {"id": "af_heart"}}
    },
    ("POST", "/session/create"): lambda _: {"json": {"user_id": "ada"}},
    ("POST", "/upload/audio"): lambda s: {"data": {"session_id": s}, "files": {"file": b"no"}},
    ("POST", "/upload/face"): lambda s: {"data": {"session_id": s}, "files": {"file": b"no"}},
    ("POST", "/uploads"): lambda s: {"headers": _tus(s)},
    ("PATCH", _STATE): lambda _: {"headers": _PIECE, "content": b"x"},
    ("DELETE", _STATE): lambda _: {"headers": {"Tus-Resumable": "1.0.0"}},
    ("POST", _STATE): lambda _: {
        "headers": _PIECE | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "1"},
        "content": b"x",
    },
    ("POST", "/api/tickets"): lambda s: {"json": {"session_id": s}},
    ("PATCH", "/api/jobs/<job_id>"): lambda _: {"json": {"title": "Mine"}},
    ("PATCH", "/api/uploads/<upload_id>"): lambda _: {"json": {"title": "Mine"}},
    ("POST", "/api/consents"): lambda _: {"json": {"subject": "Ada", "statement": "Yes."}},
    ("POST", "/api/batches"): lambda _: {"json": {"template": "none", "csv": "x"}},
    ("POST", "/api/projects"): lambda _: {"json": {"name": "Mine"}},
    ("PATCH", _PROJECT): lambda _: {"json": {"name": "Ours"}},
    ("POST", f"{_PROJECT}/upload-sample"): lambda _: {"files": {"file": b"no"}},
    ("POST", f"{_PROJECT}/upload-character"): lambda _: {"files": {"file": b"no"}},
    ("POST", f"{_PROJECT}/upload-audio"): lambda _: {"files": {"file": b"no"}},
    ("PUT", f"{_PROJECT}/plan"): lambda _: {"json": {"plan": {}}},
    ("POST", f"{_PROJECT}/plan/restore"): lambda _: {"json": {"revision": 1}},
    ("POST", f"{_PROJECT}/chat"): lambda _: {"json": {"message": "no music"}},
    ("POST", "/api/images"): lambda _: {"files": {"file": b"no"}},
    ("POST", "/api/voices"): lambda _: {"files": {"file": b"no"}},
    ("PATCH", "/api/images/<image_id>"): lambda _: {"json": {"name": "Mine"}},
    ("PATCH", "/api/voices/<voice_id>"): lambda _: {"json": {"name": "Mine"}},
    ("POST", "/api/images/<image_id>/appeal"): lambda _: {"json": {"text": "It is me."}},
    ("POST", "/moderation/<image_id>"): lambda _: {"json": {"decision": "approve"}},
    ("POST", "/jobs/redrive"): lambda _: {"json": {"jobs": ["none"]}},
    ("POST", "/process/<job_id>/feedback"): lambda _: {"json": {"score": 4}},
    ("POST", "/cleanup"): lambda s: {"json": {"session_id": s}},
}


class Doors:
    """Everything that can be asked of one server, and what came of it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.said: list[str] = []
        """All that was answered."""

    def ask(self, method: str, rule: str, of: Person, asker: Asker) -> str:
        """`IN`, or the code of the refusal."""
        path = rule
        for variable, value in {
            "<session_id>": asker.says,
            "<job_id>": of.job_id,
            "<filename>": of.film,
            "<image_id>": of.image_id,
            "<project_id>": of.project_id,
            "<batch_id>": of.batch_id,
            "/api/voices/<voice_id>": f"/api/voices/{of.recording_id}",
            "<upload_id>": of.partial if rule == _STATE else of.upload_id,
            "<view>": "webhooks",
            "<video>": "none",
            "<project>": "none",
            PAGE_RULE: "/create",
            "<name>": "none",
            "<stem>": "none",
            "<path:name>": "none",
            "<file_id>": "none",
            "<letter_id>": "none",
            "<key_id>": "none",
            "<provider>": "none",
            "<webhook_id>": "none",
            "<token>": "none",
            "<delivery_id>": "none",
            "<login_id>": "none",
            "<user_id>": "none",
            "<identity_id>": "none",
            "<passkey_id>": "none",
            "<invitation_id>": "none",
            "<budget_id>": "none",
            "<call_id>": "none",
        }.items():
            path = path.replace(variable, value)
        if method == "WEBSOCKET":
            return self._websocket(path, asker)
        sent = SENT.get((method, rule), lambda _: {})(asker.says)
        headers = sent.pop("headers", {}) | asker.headers
        # Without `verify=False` each request loads the certificates that plain HTTP does not need.
        with httpx.stream(
            method, self.address + path, headers=headers, timeout=30, verify=False, **sent
        ) as answer:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return IN
            text = answer.read().decode(errors="replace")
        if rule != "/jobs":  # where operators see the jobs of all, without a key to them
            self.said.append(f"{answer.headers}{text}")
        assert answer.status_code < 500 or rule in ("/health", "/health/services", "/readyz"), text
        code = answer.json()["error_code"] if "problem" in answer.headers["content-type"] else ""
        return code if code in REFUSED else IN

    def _websocket(self, path: str, asker: Asker) -> str:
        address = self.address.replace("http", "ws") + path
        try:
            client = websocket.create_connection(address, header=asker.headers, timeout=10)
        except websocket.WebSocketBadStatusException as refused:
            self.said.append((refused.resp_body or b"").decode())
            return next(code for code in REFUSED if code in self.said[-1])
        self.said.append(str(client.recv()))
        client.shutdown()
        return IN

    def emit(self, event: str, asker: Asker) -> str:
        with listening(self.address, asker.headers) as listener:
            wish = {"session_id": asker.says, "token": asker.token}
            told = listener.socket.call(event, wish, timeout=10)
        self.said.append(str(told))
        code = str(told.get("error_code", ""))
        return code if code in REFUSED else IN


@contextmanager
def everyone(settings: Settings) -> Iterator[tuple[Doors, Flask, list[Person]]]:
    app = create_app(settings)
    with serving(settings) as address, httpx.Client(base_url=address, timeout=30) as http:
        yield Doors(address), app, [person(http, app) for _ in range(5)]
    close(app)


def _askers(settings: Settings, victim: Person, other: Person) -> dict[str, Asker]:
    guess = "0" * 32
    node = {"Authorization": "Bearer node-1.0123456789abcdef"}
    token = as_operator(settings)
    return {
        "stranger": Asker({}, victim.name),
        "other": Asker({"X-Session-ID": other.session_id}, victim.name),
        "guesser": Asker({"X-Session-ID": guess}, guess),
        "node": Asker(node, victim.name),
        "passerby": Asker(PAGE | {"Cookie": other.cookie}, victim.name),
        "visitor": Asker(PAGE | {"Cookie": victim.cookie}, victim.name),
        "owner": Asker({"X-Session-ID": victim.session_id}, victim.session_id),
        "operator": Asker(token, victim.name, token["Authorization"].removeprefix("Bearer ")),
    }


def _state(app: Flask, victim: Person) -> list[Any]:
    """All that a stranger could change of a session."""
    with app.app_context(), reading() as db:
        room = db.get_one(UserSession, victim.name)
        job = db.get_one(Job, victim.job_id)
        counts = [
            db.scalar(select(func.count()).where(table.session_id == victim.name))
            for table in (Job, Upload, Output)
        ]
        return [
            *(room.ended_at, room.seen_at, job.state, job.rounds, job.cancel_requested_at),
            *(job.consent_withdrawn_at, job.expired_at, job.title),
            *counts,
        ]


def test_every_caller_at_every_door(settings: Settings) -> None:
    with everyone(settings) as (doors, app, people):
        victim, other, *own = people
        before = _state(app, victim)
        askers = _askers(settings, victim, other)
        outcomes: dict[Any, dict[str, str]] = {row: {} for row in (*ROUTES, *EVENTS)}
        for who in REFUSED_CALLERS:
            for row in ROUTES:
                outcomes[row][who] = doors.ask(*row, victim, askers[who])
            for event in EVENTS:
                outcomes[event][who] = doors.emit(event, askers[who])
        # Nothing was told, and nothing was changed.
        for secret in (victim.session_id, victim.film, victim.partial):
            assert not [said for said in doors.said if secret in said]
        assert _state(app, victim) == before
        for who, mine in zip(CALLERS[5:], own, strict=True):
            asker = _askers(settings, mine, other)[who]
            for event in EVENTS:
                outcomes[event][who] = doors.emit(event, asker)
            for row in ROUTES:
                outcomes[row][who] = doors.ask(*row, mine, asker)
            # An admitted caller sees nothing of others, and no id that it did not send.
            seen = "".join(doors.said)
            assert victim.session_id not in seen
            assert victim.job_id not in re.sub(rf"/(process|api/jobs)/{victim.job_id}", "", seen)
    expected = {
        row: dict(zip(CALLERS, cells, strict=True)) for row, cells in (ROUTES | EVENTS).items()
    }
    wrong = {
        (row, who): (told, expected[row][who])
        for row, cells in outcomes.items()
        for who, told in cells.items()
        if told != expected[row][who]
    }
    assert wrong == {}
    assert sum(map(len, outcomes.values())) == len(CALLERS) * len(expected)


def test_the_token_of_an_allowed_issuer_opens_what_a_user_may(settings: Settings) -> None:
    with token_issuer.serving() as issuer:
        allowed = (TokenIssuer(issuer.url, token_issuer.AUDIENCE),)
        trusting = changed(settings, accounts={"token_issuers": allowed})
        with everyone(trusting) as (doors, app, (victim, *_)):
            before, token = _state(app, victim), issuer.token()
            asker = Asker({"Authorization": f"Bearer {token}"}, victim.name, token)
            told = {row: doors.ask(*row, victim, asker) for row in ROUTES}
            told |= {event: doors.emit(event, asker) for event in EVENTS}
            assert _state(app, victim) == before
            for secret in (victim.session_id, victim.film, victim.partial):
                assert not [said for said in doors.said if secret in said]
    expected = {
        row: cells[1] if len(set(cells[1:6])) == 1 and cells not in OF_ISSUER else OF_ISSUER[cells]
        for row, cells in (ROUTES | EVENTS).items()
    }
    assert {row: code for row, code in told.items() if code != expected[row]} == {}


def test_every_route_and_event_has_its_row(settings: Settings) -> None:
    app = create_live_app(settings)
    close(app)
    there = {
        ("WEBSOCKET" if rule.websocket else method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(ROUTES)
    heard = set(app.extensions["socketio"].server.handlers["/"])
    assert heard - {"connect", "disconnect"} == set(EVENTS)


@pytest.mark.parametrize("scheme", ["X-Session-ID", "Bearer", "bearer"])
def test_the_key_fits_in_either_header(settings: Settings, scheme: str) -> None:
    with everyone(settings) as (doors, _, (mine, *_rest)):
        key = (
            {scheme: mine.session_id}
            if "-" in scheme
            else {"Authorization": f"{scheme} {mine.session_id}"}
        )
        report = httpx.get(f"{doors.address}/process/{mine.job_id}", headers=key).json()
        assert report["session_id"] == mine.session_id
        assert mine.name not in str(report | {"links": {}})


def test_a_job_s_address_alone_says_what_to_send(settings: Settings) -> None:
    with everyone(settings) as (doors, _, (mine, *_rest)):
        answers = [httpx.get(f"{doors.address}/process/{job}") for job in (mine.job_id, "none")]
        for answer in answers:
            assert answer.status_code == 401
            assert "X-Session-ID" in answer.json()["user_message"]
            assert answer.headers["www-authenticate"] == "Bearer"
        key = {"X-Session-ID": mine.session_id}
        foreign, unknown = (
            httpx.get(f"{doors.address}/process/{job}", headers=key).json()
            for job in (_rest[0].job_id, "none")
        )
        assert foreign | {"request_id": ""} == unknown | {"request_id": ""}


def test_signed_links_open_what_they_name_until_they_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        everyone(settings) as (doors, _, (mine, other, *_rest)),
        httpx.Client(base_url=doors.address) as http,
    ):
        listed = http.get(f"/outputs/{mine.session_id}").json()["outputs"]
        film = next(file for file in listed if file["filename"] == mine.film)
        link = film["signed_url"]
        assert mine.session_id not in link
        ranged = http.get(link, headers={"Range": "bytes=0-3"})
        assert (ranged.status_code, ranged.content) == (206, picture()[:4])
        assert http.head(link).status_code == 200

        events = http.get(
            f"/process/{mine.job_id}", headers={"X-Session-ID": mine.session_id}
        ).json()["links"]["events"]
        with http.stream("GET", events) as stream:
            assert stream.status_code == 200

        named, query = in_path(mine.name), link.partition("?")[2]
        face = next(file for file in listed if file["kind"] == "image")
        wrong = [
            f"/download/{named}/{face['filename']}?{query}",
            f"/download/{in_path(other.name)}/{other.film}?{query}",
            f"/process/{mine.job_id}?{query}",
            f"/process/{mine.job_id}/events?{query}",
            f"/session/{named}/status?{query}",
            f"/download/{named}/{mine.film}?{query[:-1]}",
            f"/download/{named}/{mine.film}?expires=9999999999&{query.partition('&')[2]}",
            f"/download/{named}/{mine.film}?signature=",
            f"/download/{named}/{mine.film}?expires=x&signature=\u00e9",
        ]
        for guess in wrong:
            assert http.get(guess).json()["error_code"] == NO_LINK, guess
        cancel = f"/process/{mine.job_id}/cancel?{events.partition('?')[2]}"
        assert http.post(cancel).json()["error_code"] == NO_LINK

        later = int(httpx.URL(link).params["expires"]) + 1
        monkeypatch.setattr("web.sessions.links.time.time", lambda: later)
        assert http.get(link).json()["error_code"] == NO_LINK
