"""Every address against the OpenAPI document: whatever is sent, no 5xx, and an answer that fits.

Requests are generated from the document itself, so that a new address is covered by being
in it. Half of them are about a session and a job that exist.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS as REGISTERED
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.settings import Settings
from tasks.messaging import keys
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.conftest import close
from web.api.tus import CHUNK_TYPE
from web.db.columns import new_id, now
from web.db.engine import writing
from web.jobs.models import Job
from web.sessions.models import UserSession
from web.wsgi import create_live_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CREDENTIALS = ("Authorization", "X-Session-ID", "X-API-Key")
VALIDATION_FAILED = "VALIDATION_FAILED"
REPORTS = ("/health", "/readyz", "/api/previews")
"""Their 503 is an answer: this machine is short of something, or no worker does the stage."""
QUIET = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],
}
_LONG_AGO = timedelta(hours=1)


@schemathesis.serializer(CHUNK_TYPE)
def raw(_context: Any, value: Any) -> bytes:
    """A piece of a resumable upload is its own bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def live(settings: Settings, redis_server: RedisServer) -> Iterator[Flask]:
    """An application with its live doors."""
    app = create_live_app(settings)
    with app.app_context():
        yield app
    close(app)


@pytest.fixture
def document(live: Flask) -> Any:
    config = SchemathesisConfig()
    # It is refused wherever it is, also where a schema allows any object: see `test_nul.py`.
    config.projects.default.generation.update(allow_x00=False)
    return schemathesis.openapi.from_wsgi("/openapi.json", live, config=config)


Known = Callable[[], dict[str, str]]


@pytest.fixture
def known(live: Flask, redis_server: RedisServer) -> Iterator[Known]:
    """What makes a session and a job, which an operation may end.

    A worker that can all beats, and a control leads: both would be forgotten after seconds.
    """
    with redis_server.client() as client:

        def prepare() -> dict[str, str]:
            fake_nodes.beat(client, *fake_nodes.simulated())
            fake_nodes.beat_hosted(client, "runway", "google")
            client.set(keys.CONTROL, "leading")
            return _known_ids()

        yield prepare


def _known_ids() -> dict[str, str]:
    with writing() as db:
        room = UserSession(id=new_id(), user_id="ada")  # opened by its name, as once all were
        db.add(room)
        db.flush()
        # One that has ended: its stream of events ends too.
        job = Job(session_id=room.id, options={}, inputs={}, state="cancelled")
        job.created_at = job.finished_at = now() - _LONG_AGO
        db.add(job)
        db.flush()
        return {"session_id": room.id, "job_id": job.id}


def ask(case: Any, known: dict[str, str], checks: Sequence[Any]) -> None:
    """Send a case; every other one about what is there."""
    is_right = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    for name, value in known.items():
        given = (case.path_parameters or {}).get(name)
        if given is not None and zlib.crc32(str(given).encode()) % 2:
            case.path_parameters[name] = value
        if is_right and isinstance(case.body, dict) and name in case.body:
            case.body[name] = value
    # The WSGI client does not undo a compression.
    told = [not_a_server_error] if case.operation.path.startswith(REPORTS) else []
    headers = {"Accept-Encoding": "identity", "X-Session-ID": known["session_id"]}
    response = case.call(headers=headers)
    try:
        case.validate_response(response, checks=list(checks), excluded_checks=told, headers=headers)
    except (Failure, FailureGroup) as surprise:
        sent = f"{case.path_parameters} {case.query} {case.headers} {case.body!r}"
        surprise.add_note(f"{sent[:1500]} -> {response.status_code} {response.text[:500]}")
        raise


def shape(operation: Any) -> str:
    """What its requests are made of: the same for many that have an id in their address."""
    if operation.body:
        return str(operation.label)
    every = (operation.path_parameters, operation.query, operation.headers)
    places = [(one.location.value, one.definition) for group in every for one in group]
    parts = [
        [where, given.get("required", False), given.get("schema")]
        for where, given in places
        if isinstance(given, dict)
    ]
    return json.dumps(sorted(parts, key=str), sort_keys=True, default=str)


def send(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    ids: dict[str, str],
    checks: Sequence[Any],
) -> None:
    """Send some requests of an operation."""

    @effort(max_examples=examples, **QUIET)
    @given(case=operation.as_strategy(generation_mode=mode))
    def look(case: Any) -> None:
        ask(case, ids, checks)

    look()


def surprises(
    document: Any, known: Known, examples: int, checks: Sequence[Any] = CHECKS
) -> list[str]:
    """What was wrong with an answer, for each address, with good requests and with bad ones."""
    found = []
    always_right: set[tuple[str, GenerationMode]] = set()
    """Shapes of which no request is wrong; to find that out takes hundreds of attempts."""
    for result in document.get_all_operations():
        operation = result.ok()
        ids = known()
        for mode in GenerationMode:
            if (shape(operation), mode) in always_right:
                continue
            try:
                send(operation, mode, examples, ids, checks)
            except Unsatisfiable:
                always_right.add((shape(operation), mode))
            except (Failure, FailureGroup) as surprise:
                notes = getattr(surprise, "__notes__", [])
                inner = getattr(surprise, "exceptions", [surprise])
                said = " | ".join(str(one) for one in inner)
                found.append(f"{operation.label} ({mode.value}): {said} {notes[:1]}")
    return found


@pytest.mark.timeout(600)
def test_no_answer_surprises(document: Any, known: Known) -> None:
    assert surprises(document, known, 2) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_answer_surprises_for_long(document: Any, known: Known) -> None:
    assert surprises(document, known, 40) == []


REFUSALS_OF_VALUES = (400, 405, 413, 415, 422)
JUDGED = {
    **dict.fromkeys(("cursor",), "Only what a page has returned is one."),
    **dict.fromkeys(("email", "contact"), "Mail servers accept less than the format allows."),
    **dict.fromkeys(("user_id",), "It is required where there is no account."),
    **dict.fromkeys(("voice", "scene_voices"), "`GET /voices` lists those that there are."),
    **dict.fromkeys(
        ("script", "topic", "prompt", "text"), "There must be letters or numbers to speak."
    ),
    **dict.fromkeys(("engines",), "Only engines of a stage can be named."),
    **dict.fromkeys(("consent",), "One statement is given for both files, or one each."),
    **dict.fromkeys(("evidence_upload_id",), "It is an upload of the kind that proves it."),
    **dict.fromkeys(("face_image_id", "voice_id", "match_voice"), "They exclude others."),
    **dict.fromkeys(("use_audio_as_is",), "It needs a recording."),
    **dict.fromkeys(("password",), "Common passwords are refused."),
    **dict.fromkeys(("from_draft",), "It is a draft of the same owner."),
    **dict.fromkeys(("end",), "It comes after `start`."),
    **dict.fromkeys(("Upload-Metadata",), "It is Base64 of what a file needs."),
}
"""Fields whose values the server judges by more than a schema can say, with the reason."""
JUDGED_WHOLE = {
    "FILE_VALIDATION_FAILED": "The bytes that are drawn are neither a picture nor a recording.",
    "ACCOUNT_LINK_INVALID": "The token is one of a mail.",
    "MANIFEST_INVALID": "A CSV has columns, which no schema describes.",
    "NO_MODEL_FITS": "Models are added and closed by operators: each does some clips.",
    "IDENTITY_REFUSED": "A sign-in with another provider has to be begun before.",
}
"""Codes of refusals for what is not a field, with the reason."""
JUDGED_AT = {
    ("POST /uploads/{session_id}/{upload_id}", "UNSUPPORTED_MEDIA_TYPE"): (
        "It may stand for a PATCH, which needs a body."
    ),
}
"""The same of one operation."""
NO_HANDSHAKE = 426
"""The address is that of a WebSocket, whose handshake no schema describes."""
WRONG_VERSION = 412
"""tus 1.0 demands it for another version of tus, where 400 would be usual."""
KEPT_QUIET = "{job_id}"
"""A caller that does not own one gets 404, as if there were none."""


def accepts_what_fits(ctx: Any, response: Any, case: Any) -> bool | None:
    """A request that fits its schema is refused only for what a schema cannot say."""
    if response.status_code in REFUSALS_OF_VALUES and _is_judged(response.json(), case):
        return None
    if response.status_code == NO_HANDSHAKE:
        return None
    return positive_data_acceptance(ctx, response, case)


def _is_judged(problem: dict[str, Any], case: Any) -> bool:
    code = problem["error_code"]
    if code != VALIDATION_FAILED:
        return code in JUDGED_WHOLE or (case.operation.label, code) in JUDGED_AT
    fields = [re.split("[. ]", error["field"])[0] for error in problem["errors"]]
    return all(field in JUDGED for field in fields)


def refuses_what_does_not_fit(ctx: Any, response: Any, case: Any) -> bool | None:
    """So is a request that does not fit; wrong credentials beside right ones change nothing."""
    meta = case.meta
    about = getattr(meta.phase.data, "parameter", None) if meta is not None else None
    if about in CREDENTIALS:
        return None
    if response.status_code == WRONG_VERSION:
        return None
    return negative_data_rejection(ctx, response, case)


def asks_for_credentials(ctx: Any, response: Any, case: Any) -> bool | None:
    """Who sends no right key of a job gets nothing, and does not learn that there is one."""
    try:
        return ignored_auth(ctx, response, case)
    except Failure as failure:
        if KEPT_QUIET in case.operation.path and "got `404 Not Found`" in str(failure):
            return None
        raise


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_check_of_schemathesis_holds(document: Any, known: Known) -> None:
    load_all_checks()
    ours = {
        "positive_data_acceptance": accepts_what_fits,
        "negative_data_rejection": refuses_what_does_not_fit,
        "ignored_auth": asks_for_credentials,
    }
    every = [ours.get(name, REGISTERED.get_one(name)) for name in REGISTERED.get_all_names()]
    found = surprises(document, known, 12, every)
    assert not found, "\n\n".join(found)
