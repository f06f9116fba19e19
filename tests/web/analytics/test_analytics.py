"""The operators' analytics: figures of each day, added up; the same on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from config import prices
from config.settings import Settings
from tests.services.redis_server import RedisServer
from tests.web.analytics.works import SECONDS, Past
from tests.web.conftest import as_operator, close
from web.analytics import daily, report, rollup, table, traffic
from web.analytics.durations import bucket_of, seconds_between
from web.analytics.figures import BOUNDS, Figure, bucket
from web.analytics.models import DailyFigures
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import feedback
from web.jobs.feedback import Opinion
from web.jobs.models import Job, StageRun
from web.services import current_services

NOON = datetime.combine(now().date(), datetime.min.time(), UTC) + timedelta(hours=12)
YESTERDAY = NOON - timedelta(days=1)


@pytest.fixture
def past(either: Settings) -> Iterator[Flask]:
    """An application with forty jobs, all within the last ten hours of yesterday's noon."""
    priced = replace(
        either, prices=prices.parse("sadtalker=3.60/hour, elevenlabs=0.001/second"), currency="EUR"
    )
    app = create_app(priced)
    with app.app_context():
        Past(40, YESTERDAY, timedelta(minutes=15), owners=8).write()
        yield app
    close(app)


def refreshed(days: int = 2) -> dict[str, Any]:
    services = current_services()
    rollup.refresh(services.redis)
    with reading() as db:
        return report.report(db, services.settings, days, NOON.date())


def test_a_day_of_jobs_is_reported(past: Flask) -> None:
    found = refreshed()
    yesterday, today = found["days"]
    assert (yesterday["day"], today["day"]) == (YESTERDAY.date(), NOON.date())
    assert found["jobs"] == yesterday["jobs"]
    assert yesterday["jobs"] == {
        **{"started": 40, "succeeded": 36, "failed": 4, "cancelled": 0, "success_rate": 0.9},
    }
    assert today["jobs"]["started"] == 0
    assert today["jobs"]["success_rate"] is None
    assert found["failures"] == [{"code": "STAGE_FAILED", "jobs": 4}]
    whole = sum(SECONDS.values())
    assert found["video_seconds"]["mean"] == pytest.approx(whole + 5, abs=0.01)
    assert found["video_seconds"]["p50"] == pytest.approx(whole + 5, rel=0.14)
    assert found["wait_seconds"]["mean"] == pytest.approx(5, abs=0.01)
    stages = {row["stage"]: row for row in found["stages"]}
    for stage, seconds in SECONDS.items():
        assert stages[stage]["runs"] == 40
        assert stages[stage]["mean"] == pytest.approx(seconds)
        assert stages[stage]["p90"] == pytest.approx(seconds, rel=0.14)
    assert stages["enhance"]["p50"] is None
    assert yesterday["people"] == 8
    assert found["people"]["month"] == 8


def test_cost_is_that_of_machines_and_of_hosted_engines(past: Flask) -> None:
    cost = refreshed()["cost"]
    on_gpu = 40 * SECONDS["animate"] / 3600
    assert cost["gpu_hours"] == pytest.approx(on_gpu, abs=1e-4)
    # The environment's hour prices face and animation; the voice is paid by the second of video.
    machines = 40 * (SECONDS["face"] + SECONDS["animate"]) / 3600 * 3.60
    assert cost["amount"] == pytest.approx(machines + 36 * 10 * 0.001, abs=1e-3)
    assert cost["per_video"] == pytest.approx(cost["amount"] / 36, abs=1e-3)
    assert cost["videos_per_gpu_hour"] == pytest.approx(36 / on_gpu, rel=0.01)
    assert cost["currency"] == "EUR"


def test_a_past_day_is_kept_when_its_jobs_are_gone(past: Flask) -> None:
    before = refreshed()["jobs"]
    with writing() as db:
        db.execute(delete(StageRun))
        db.execute(delete(Job))
    assert refreshed()["jobs"] == before
    with reading() as db:
        days = set(db.scalars(select(DailyFigures.day)))
    assert days == {YESTERDAY.date().isoformat(), NOON.date().isoformat()}


def test_today_is_computed_again_and_a_past_day_once(past: Flask) -> None:
    client = current_services().redis
    assert rollup.refresh(client) == 2
    assert rollup.refresh(client) == 1
    with writing() as db:
        db.execute(delete(DailyFigures).where(DailyFigures.day == YESTERDAY.date().isoformat()))
    assert rollup.refresh(client) == 2


def test_a_busy_day_does_not_keep_past_days_from_being_computed(
    past: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "TURN_SECONDS", 0.0)
    client = current_services().redis
    assert [rollup.refresh(client) for _ in range(2)] == [2, 1]


def test_requests_and_estimates_of_a_day(past: Flask) -> None:
    services = current_services()
    counts = traffic.RequestCounts()
    for number in range(10):
        counts.count("GET /things", 0.01, failed=number == 0)
    counts.count("GET /others", 2.0, failed=False)
    counts.flush(services.redis)
    traffic.note_estimate(services.redis, "visitor:1")
    traffic.note_estimate(services.redis, "visitor:1")
    traffic.note_estimate(services.redis, "a stranger")
    traffic.note_estimate(services.redis, None)
    with writing() as db:
        db.add(Job(session_id="session-of-the-past", owner="visitor:1", options={}, inputs={}))
    found = refreshed()
    things, others = found["requests"]
    assert (things["route"], things["count"], things["failed"]) == ("GET /things", 10, 1)
    assert things["p99"] == pytest.approx(0.01, rel=0.14)
    assert others["mean"] == pytest.approx(2)
    assert found["estimates"] == {"people": 2, "started": 1, "conversion": 0.5}
    # Redis may forget: the figures of the day stay.
    services.redis.flushall()
    assert refreshed()["estimates"]["people"] == 2


def test_counts_wait_until_redis_is_there(settings: Settings, redis_server: RedisServer) -> None:
    app = create_app(settings)
    with app.app_context():
        client = current_services().redis
        counts = traffic.RequestCounts()
        counts.count("GET /things", 0.01, failed=False)
        redis_server.kill()
        with pytest.raises(Exception, match="onnect"):
            counts.flush(client)
        redis_server.start()
        counts.flush(client)
        served, _ = traffic.requests_of(client, now().date())
        assert served["GET /things"].count == 1
    close(app)


def test_feedback_is_counted_with_its_words(past: Flask) -> None:
    first, second, third = (f"{number:020x}" for number in range(3))
    feedback.give(first, Opinion(5))
    feedback.give(second, Opinion(2, "The lips are late.", ["lips", "sound"]))
    feedback.give(third, Opinion(1, "", ["lips"]))
    feedback.give(third, Opinion(2, "Better now.", ["lips"]))
    found = refreshed()["feedback"]
    assert (found["ratings"], found["score"]) == (3, 3.0)
    assert found["scores"] == [0, 2, 0, 0, 1]
    assert found["problems"] == [{"problem": "lips", "count": 2}, {"problem": "sound", "count": 1}]
    assert [row["words"] for row in found["comments"]] == ["Better now.", "The lips are late."]


def test_csv_has_a_line_for_each_day(past: Flask) -> None:
    found = refreshed(days=30)
    rows = list(csv.DictReader(io.StringIO(table.to_csv(found["days"]))))
    assert len(rows) == 30
    assert rows[-2]["day"] == YESTERDAY.date().isoformat()
    assert (rows[-2]["succeeded"], rows[-2]["success_rate"], rows[-2]["people"]) == (
        *("36", "0.9", "8"),
    )
    assert rows[0]["success_rate"] == ""


def test_the_route_is_for_operators_and_knows_both_formats(past: Flask) -> None:
    refreshed()
    api = past.test_client()
    headers = as_operator(current_services().settings)
    assert api.get("/analytics").json["error_code"] == "OPERATORS_ONLY"
    found = api.get("/analytics?days=7", headers=headers).json
    assert len(found["days"]) == 7
    assert found["jobs"]["succeeded"] == 36
    written = api.get("/analytics?days=7&format=csv", headers=headers)
    assert written.mimetype == "text/csv"
    assert len(written.text.splitlines()) == 8
    for wrong in ("days=0", "days=367", "format=xml"):
        assert api.get(f"/analytics?{wrong}", headers=headers).status_code == 422


def test_sql_and_python_agree_on_buckets(either: Settings) -> None:
    app = create_app(either)
    values = [0.0, 1.0, *(BOUNDS[number] * 1.01 for number in (3, 40, 81)), 1e7]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    seconds = seconds_between(Job.created_at, Job.finished_at)
    with app.app_context():
        Past(len(values), YESTERDAY, timedelta(minutes=1)).write()
        with writing() as db:
            for number, value in enumerate(values):
                job = db.get_one(Job, f"{number:020x}")
                job.created_at, job.finished_at = began, began + timedelta(seconds=value)
        with reading() as db:
            rows = db.execute(select(bucket_of(seconds), seconds).order_by(Job.id)).all()
    close(app)
    assert [row[0] for row in rows] == [bucket(value) for value in values]
    assert [row[1] for row in rows] == pytest.approx(values, abs=0.002)


def test_a_figure_survives_its_storage() -> None:
    figure = Figure()
    figure.add(2, 3.0, 7)
    figure.add(1, 1.0, 9)
    again = Figure.from_dict(figure.to_dict())
    again.merge(Figure.from_dict({"n": 1}))
    assert (again.count, again.total, again.quantile(0.5)) == (4, 4.0, figure.quantile(0.5))


def test_days_begin_in_utc() -> None:
    assert daily.begin_of(date(2026, 3, 29)) == datetime(2026, 3, 29, tzinfo=UTC)
