"""The list of all jobs, for operators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.web.analytics.works import Past
from tests.web.conftest import as_operator, close
from web.app import create_app
from web.db.columns import now
from web.services import current_services

NEWEST = now() - timedelta(minutes=1)


@pytest.fixture
def past(either: Settings) -> Iterator[Flask]:
    """Forty jobs, one an hour, of eight owners; every tenth failed."""
    app = create_app(either)
    with app.app_context():
        Past(40, NEWEST, timedelta(hours=1), owners=8).write()
        yield app
    close(app)


def listed(app: Flask, query: str = "") -> Any:
    headers = as_operator(current_services().settings)
    answer = app.test_client().get(f"/jobs?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_all_jobs_come_newest_first_in_pages(past: Flask) -> None:
    page = listed(past, "limit=15")
    seen = list(page["jobs"])
    while page["next_cursor"]:
        page = listed(past, f"limit=15&cursor={page['next_cursor']}")
        seen += page["jobs"]
    assert [job["job_id"] for job in seen] == [f"{number:020x}" for number in range(40)]
    first = seen[0]
    assert (first["state"], first["owner"], first["error"]) == ("succeeded", "visitor:0", None)
    assert first["engines"] == ["offline", "mediapipe", "elevenlabs", "sadtalker", "ffmpeg"]
    assert first["age_seconds"] > 60
    # What people wrote is theirs.
    assert "options" not in first
    assert "title" not in first


def test_filters_narrow_the_list(past: Flask) -> None:
    failed = listed(past, "state=failed")["jobs"]
    assert [job["error"]["error_code"] for job in failed] == ["STAGE_FAILED"] * 4
    by_code = listed(past, "code=STAGE_FAILED")["jobs"]
    assert [job["job_id"] for job in by_code] == [job["job_id"] for job in failed]
    assert len(listed(past, "owner=visitor:3")["jobs"]) == 5
    assert len(listed(past, "engine=sadtalker")["jobs"]) == 40
    assert listed(past, "engine=xtts")["jobs"] == []
    edge = (NEWEST - timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(listed(past, f"created_after={edge}")["jobs"]) == 10
    assert len(listed(past, f"created_before={edge}")["jobs"]) == 30


@pytest.mark.parametrize("wrong", ["state=odd", "engine=odd", "limit=0", "cursor=odd", "limit=201"])
def test_odd_filters_are_refused(api: FlaskClient, settings: Settings, wrong: str) -> None:
    answer = api.get(f"/jobs?{wrong}", headers=as_operator(settings))
    assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_FAILED")
