"""`/api/reports`: anyone reports, operators decide, and what was withdrawn does not come back."""

from __future__ import annotations

import io
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from PIL import Image

from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller, problem
from tests.web.trust.conftest import Made, register
from web.db.columns import now
from web.db.engine import reading, writing
from web.notifications.models import QueuedMail
from web.services import current_services
from web.trust.models import KnownVideo, Report

STORY = {"statement": "This shows me, and I did not agree.", "contact": "eve@example.com"}
PORTRAITS = Path(__file__).parents[2] / "bench" / "portraits"


def portrait(name: str = "mona_lisa", *, cut: int = 0, quality: int = 92) -> bytes:
    with Image.open(PORTRAITS / f"{name}.jpg") as picture:
        square = picture.convert("RGB").resize((400, 400))
    file = io.BytesIO()
    square.crop((cut, cut, 400 - cut, 400 - cut)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def sent(http: httpx.Client, fields: dict[str, str], path: Path | None = None) -> httpx.Response:
    parts: list[Any] = [(name, (None, text)) for name, text in fields.items()]
    parts += [("file", ("film.mp4", path.read_bytes()))] if path else []
    return http.post("/api/reports", files=parts)


def reported(http: httpx.Client, path: Path | None = None, **fields: str) -> Any:
    answer = sent(http, STORY | fields, path)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def job(app: Flask, caller: Caller) -> tuple[str, str]:
    """A session, and a job of it with a video."""
    session_id = caller.session()
    assert caller.face(session_id, portrait(), "me.jpg").status_code == 201
    job_id = caller.start(session_id).json()["job_id"]
    put_output(session_id, job_id, "film.mp4", b"film")
    return session_id, job_id


def test_a_copy_is_traced_and_withdrawn_with_one_request(
    caller: Caller, operator: httpx.Client, job: tuple[str, str], ours: Made, tmp_path: Path
) -> None:
    session_id, job_id = job
    register(current_services(), ours, job_id)
    words = ("-map_metadata", "-1", "-vf", "scale=96:172", "-c:v", "libx264", "-crf", "30")
    told = reported(caller.http, ours.changed(tmp_path / "copy.mp4", *words))
    assert told["state"] == "open"
    assert "jobs" not in told
    due = time.strptime(told["due_at"][:16], "%Y-%m-%dT%H:%M")
    assert due > time.strptime(told["created_at"][:16], "%Y-%m-%dT%H:%M")
    queue = operator.get("/api/reports", params={"state": "open"}).json()["reports"]
    assert [(row["jobs"], row["certain"]) for row in queue] == [([job_id], True)]

    url = f"/download/{session_id}/film.mp4"
    assert caller.http.get(url).status_code == 200
    withdraw = f"/api/reports/{told['id']}/withdraw"
    answer = operator.post(withdraw, json={"note": "We are sorry."})
    assert answer.json()["state"] == "withdrawn", answer.text
    problem(caller.http.get(url), 451, "CONSENT_WITHDRAWN")
    problem(operator.post(withdraw), 409, "REPORT_DECIDED")
    with reading() as db:
        withdrawn = db.query(KnownVideo).one()
        assert withdrawn.withdrawn_at is not None
        assert [mail.address for mail in db.query(QueuedMail)] == ["eve@example.com"]

    state = f"/api/reports/{told['id']}/state"
    shown = caller.http.get(state, headers={"X-Report-Token": told["token"]}).json()
    assert (shown["state"], shown["note"]) == ("withdrawn", "We are sorry.")
    problem(caller.http.get(state, headers={"X-Report-Token": "guess"}), 404, "REPORT_NOT_FOUND")
    _refused_again(caller, operator)


def _refused_again(caller: Caller, operator: httpx.Client) -> None:
    """The same bytes, and a changed copy, are refused; another picture is not."""
    other = caller.session()
    for content in (portrait(), portrait(cut=8, quality=60)):
        refusal = problem(caller.face(other, content, "me.jpg"), 422, "FILE_VALIDATION_FAILED")
        assert refusal["errors"][0]["code"] == "WITHDRAWN"
    assert caller.face(other, portrait("pearl_earring"), "me.jpg").status_code == 201
    figures = operator.get("/api/reports/statistics").json()
    assert figures["uploads_refused"] == 2
    assert figures["videos_withdrawn"] == 1
    assert figures["by_state"] == {"withdrawn": 1}
    assert figures["decided_in_time"] == 1


def test_a_link_names_the_job_and_withdrawal_is_seen_within_a_second(
    caller: Caller, operator: httpx.Client, job: tuple[str, str]
) -> None:
    session_id, job_id = job
    told = reported(caller.http, link=f"https://example.com/videos/{job_id}")
    url = f"/download/{session_id}/film.mp4"
    with writing() as db:
        db.get_one(Report, told["id"]).due_at = now() - timedelta(seconds=1)
    assert operator.get(f"/api/reports/{told['id']}").json()["overdue"]
    # The answer of the request comes after the fingerprints: another one sees it before.
    seen: list[float] = []
    began = time.monotonic()
    with httpx.Client(base_url=str(operator.base_url), timeout=30) as watching:
        asked = threading.Thread(
            target=operator.post, args=(f"/api/reports/{told['id']}/withdraw",)
        )
        asked.start()
        while watching.get(url).status_code == 200 and time.monotonic() - began < 10:
            continue
        seen.append(time.monotonic() - began)
        asked.join()
    assert seen[0] < 1
    figures = operator.get("/api/reports/statistics").json()
    assert figures["decided_in_time"] == 0


def test_a_rejected_report_withdraws_nothing(
    caller: Caller, operator: httpx.Client, job: tuple[str, str]
) -> None:
    session_id, job_id = job
    told = reported(caller.http, link=job_id, contact="")
    rejected = operator.post(f"/api/reports/{told['id']}/reject", json={"note": "It is not you."})
    assert rejected.json()["state"] == "rejected"
    assert caller.http.get(f"/download/{session_id}/film.mp4").status_code == 200
    with reading() as db:
        assert db.query(QueuedMail).count() == 0
    for wrong in ({"statement": ""}, {"contact": "no address"}, {"kind": "spam"}, {"link": ""}):
        answer = sent(caller.http, STORY | {"link": job_id} | wrong)
        problem(answer, 422, "VALIDATION_FAILED")
    problem(caller.http.get("/api/reports"), 403, "OPERATORS_ONLY")
