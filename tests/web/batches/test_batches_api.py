"""Batches over the API: created and quoted, confirmed, listed, cancelled, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.projects import works
from web.db.engine import reading
from web.projects import plans, projects

PAGE = {"Sec-Fetch-Site": "same-origin"}


def template(api: FlaskClient) -> str:
    """Create a project whose plan has a place."""
    answer = api.post("/api/projects", json={"name": "Ad"}, headers=PAGE)
    assert answer.status_code == 201, answer.text
    project_id = str((answer.json or {})["id"])
    with api.application.app_context():
        works.beat()
        works.plan(project_id)
        with reading() as db:
            raw = plans.current(db, projects.find(db, project_id)).plan
    raw["scenes"][0]["text"] = "Only {{price}}"
    headers = PAGE | {"If-Match": "1"}
    changed = api.put(f"/api/projects/{project_id}/plan", json={"plan": raw}, headers=headers)
    assert changed.status_code == 200, changed.text
    return project_id


def create(api: FlaskClient, key: str | None = None, **sent: Any) -> TestResponse:
    headers = PAGE | ({} if key is None else {"Idempotency-Key": key})
    return api.post("/api/batches", json=sent, headers=headers)


def code(answer: TestResponse) -> str:
    return str((answer.json or {}).get("error_code"))


def test_a_batch_is_created_confirmed_listed_and_cancelled(standing: FlaskClient) -> None:
    project_id = template(standing)
    videos = [
        {"name": "Mug", "values": {"price": "5 dollars"}},
        {"name": "Cup", "values": {"price": "7 dollars"}},
    ]
    sent = {"template": project_id, "name": "Spring", "videos": videos}
    first = create(standing, "manifest-1", **sent)
    assert first.status_code == 201, first.text
    batch = first.json or {}
    assert (batch["state"], batch["counts"]["waiting"], batch["credits"]) == ("quoted", 2, 0.0)
    again = create(standing, "manifest-1", **sent)
    assert (again.status_code, (again.json or {})["id"]) == (200, batch["id"])
    other = create(standing, "manifest-1", **(sent | {"videos": videos[:1]}))
    assert code(other) == "IDEMPOTENCY_KEY_REUSED"
    path = f"/api/batches/{batch['id']}"
    wrong = standing.post(f"{path}/start", json={"quote_id": "bq_0"}, headers=PAGE)
    assert code(wrong) == "PLAN_CHANGED"
    confirmed = {"quote_id": batch["quote_id"], "max_credits": 1.5}
    started = standing.post(f"{path}/start", json=confirmed, headers=PAGE)
    assert started.status_code == 202, started.text
    assert (started.json or {})["max_credits"] == 1.5
    assert (standing.get(path, headers=PAGE).json or {})["state"] == "running"
    page = standing.get("/api/batches?limit=1", headers=PAGE)
    assert page.status_code == 200, page.text
    listed = page.json or {}
    assert [one["id"] for one in listed["batches"]] == [batch["id"]]
    cancelled = standing.post(f"{path}/cancel", headers=PAGE)
    assert (cancelled.json or {})["counts"]["cancelled"] == 2
    assert code(standing.post(f"{path}/start", headers=PAGE)) == "BATCH_STATE"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"csv": "name,price\nMug,5\nMug,6\n"}, "MANIFEST_INVALID"),
        ({"csv": "name\nMug\n"}, "MANIFEST_INVALID"),
        ({"csv": "price\n5\n"}, "MANIFEST_INVALID"),
        ({"videos": [{"name": "x", "values": {"price": "y" * 121}}]}, "MANIFEST_INVALID"),
        ({"videos": []}, "VALIDATION_FAILED"),
        ({"videos": [{"name": "x", "values": {"price": 5}}]}, "VALIDATION_FAILED"),
        ({"videos": [{"name": "x"}], "csv": "name\nx\n"}, "VALIDATION_FAILED"),
        ({}, "VALIDATION_FAILED"),
    ],
)
def test_what_is_no_manifest_is_refused(
    standing: FlaskClient, sent: dict[str, Any], expected: str
) -> None:
    assert code(create(standing, template=template(standing), **sent)) == expected


def test_batches_and_templates_of_another_visitor_do_not_exist(standing: FlaskClient) -> None:
    mine = template(standing)
    batch = create(standing, template=mine, csv="name,price\nMug,5\n").json or {}
    stranger = standing.application.test_client()
    stranger.post("/session/create", json={"user_id": "bob"}, headers=PAGE)
    path = f"/api/batches/{batch['id']}"
    for method, where in (("GET", path), ("POST", f"{path}/start"), ("POST", f"{path}/cancel")):
        answer = stranger.open(where, method=method, headers=PAGE)
        assert code(answer) == "BATCH_NOT_FOUND"
    assert code(create(stranger, template=mine, csv="name\nx\n")) == "PROJECT_NOT_FOUND"
    assert (stranger.get("/api/batches", headers=PAGE).json or {})["batches"] == []
