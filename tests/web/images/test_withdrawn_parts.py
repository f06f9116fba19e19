"""A withdrawn consent is about a recording and its parts, whichever of them a job has used."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.images.keeping import keep
from tests.web.images.test_ownership import problem, session_of
from tests.web.people import Person, sign_up
from web.db.columns import now
from web.db.engine import writing
from web.images.models import LibraryItem
from web.jobs.models import Job
from web.sessions.models import UserSession


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


def cut_from(person: Person, *origins: dict[str, Any]) -> dict[str, Any]:
    """Keep a recording that is a part of others."""
    part = keep(person, "voice")
    with writing() as db:
        row = db.get_one(LibraryItem, part["id"])
        row.cut_from = [one["sha256"] for one in origins]
        row.received_at = row.created_at - timedelta(hours=1)
    return part


def withdrawn_job(used: dict[str, Any], *, ago: timedelta = timedelta()) -> None:
    """Add a job that used a recording, and whose consent was withdrawn."""
    with writing() as db:
        item = db.get_one(LibraryItem, used["id"])
        room = db.scalars(select(UserSession).where(UserSession.owner == item.owner)).one()
        inputs = {"voice": asdict(item.blob)}
        job = Job(session_id=room.id, state="cancelled", options={}, inputs=inputs)
        job.created_at, job.consent_withdrawn_at = now() - ago, now()
        db.add(job)


def test_a_part_is_refused_with_its_recording_and_that_with_a_part(
    api: FlaskClient, ada: Person
) -> None:
    session_of(api, ada.headers)
    whole = keep(ada, "voice")
    first = cut_from(ada, whole)
    second, third = cut_from(ada, whole), cut_from(ada, whole, first)

    def refused() -> list[bool]:
        answers = [
            api.get(f"/api/voices/{one['id']}/content", headers=ada.headers)
            for one in (whole, first, second, third)
        ]
        assert {problem(one) for one in answers if one.status_code != 200} <= {
            (451, "CONSENT_WITHDRAWN")
        }
        return [answer.status_code == 451 for answer in answers]

    assert refused() == [False] * 4
    # What was used before any of them was received is about another recording.
    withdrawn_job(first, ago=timedelta(hours=2))
    assert refused() == [False] * 4
    withdrawn_job(first)
    # The second part of the recording is not of the first.
    assert refused() == [True, True, False, True]
    withdrawn_job(whole)
    assert refused() == [True] * 4


def test_a_kept_upload_is_refused_with_the_upload(api: FlaskClient, ada: Person) -> None:
    session_of(api, ada.headers)
    kept = keep(ada, "voice")
    path = f"/api/voices/{kept['id']}/content"
    withdrawn_job(kept, ago=timedelta(minutes=30))
    assert api.get(path, headers=ada.headers).status_code == 200  # sent again after the job
    with writing() as db:
        db.get_one(LibraryItem, kept["id"]).received_at = now() - timedelta(hours=1)
    assert problem(api.get(path, headers=ada.headers)) == (451, "CONSENT_WITHDRAWN")
