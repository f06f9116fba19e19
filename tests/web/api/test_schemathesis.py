"""Every address against the OpenAPI document: whatever is sent, no 5xx, and an answer that fits.

Requests are generated from the document itself, so that a new address is covered by being
in it. Half of them are about a session and a job that exist.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
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
REPORTS = ("/health", "/readyz")
"""Their 503 is an answer: this machine is short of something."""
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
    """An application with its live doors, a worker that can all, and a leading control."""
    app = create_live_app(settings)
    client = redis_server.client()
    fake_nodes.beat(client, *fake_nodes.simulated())
    client.set(keys.CONTROL, "leading")
    with app.app_context():
        yield app
    close(app)


@pytest.fixture
def document(live: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", live)


@pytest.fixture
def known(live: Flask) -> dict[str, str]:
    """A session and a job that are there."""
    return _known_ids()


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


def ask(case: Any, known: dict[str, str]) -> None:
    """Send a case; every other one about what is there."""
    for name, value in known.items():
        given = (case.path_parameters or {}).get(name)
        if given is not None and zlib.crc32(str(given).encode()) % 2:
            case.path_parameters[name] = value
        if isinstance(case.body, dict) and name in case.body:
            case.body[name] = value
    # The WSGI client does not undo a compression.
    told = [not_a_server_error] if case.operation.path.startswith(REPORTS) else []
    headers = {"Accept-Encoding": "identity", "X-Session-ID": known["session_id"]}
    case.call_and_validate(checks=CHECKS, excluded_checks=told, headers=headers)


def surprises(document: Any, known: dict[str, str], examples: int) -> list[str]:
    """What was wrong with an answer, for each address, with good requests and with bad ones."""
    found = []
    for result in document.get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:

            @effort(max_examples=examples, **QUIET)
            @given(case=operation.as_strategy(generation_mode=mode))
            def look(case: Any) -> None:
                ask(case, known)

            try:
                look()
            except Unsatisfiable:
                continue  # nothing can be wrong in it
            except (Failure, FailureGroup) as surprise:
                notes = getattr(surprise, "__notes__", [])
                inner = getattr(surprise, "exceptions", [surprise])
                said = " | ".join(str(one) for one in inner)
                found.append(f"{operation.label} ({mode.value}): {said} {notes[:1]}")
    return found


def test_no_answer_surprises(document: Any, known: dict[str, str]) -> None:
    assert surprises(document, known, 3) == []


@pytest.mark.slow
def test_no_answer_surprises_for_long(document: Any, known: dict[str, str]) -> None:
    assert surprises(document, known, 40) == []
