"""Fairness: a hundred jobs of one user do not delay those of another, and each has a limit."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from tests.web.caller import Caller, problem
from tests.web.fake_nodes import beat
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import queue
from web.jobs.models import Job
from web.jobs.queue import RANKS
from web.sessions.models import UserSession
from web.sessions.names import name_of


def _add(user: str, count: int, minute: int, priority: str = "normal") -> None:
    with writing() as db:
        room = db.scalar(select(UserSession).where(UserSession.owner == f"key:{user}"))
        if room is None:
            room = UserSession(user_id=f"{user}'s", owner=f"key:{user}")
            db.add(room)
            db.flush()
        for number in range(count):
            db.add(
                Job(
                    id=f"{user}-{priority}-{number:03d}",
                    session_id=room.id,
                    options={},
                    inputs={},
                    rank=RANKS[priority],
                    created_at=now() + timedelta(minutes=minute, seconds=number),
                )
            )


def _order() -> list[str]:
    with reading() as db:
        return list(db.scalars(queue.waiting_jobs()))


def test_owners_take_turns_within_a_priority(app: Flask) -> None:
    _add("ada", 100, 0)
    _add("bob", 1, 5)
    _add("cyd", 2, 6, "high")
    assert _order()[:5] == [
        "cyd-high-000",
        "cyd-high-001",
        "ada-normal-000",
        "bob-normal-000",
        "ada-normal-001",
    ]
    with reading() as db:
        assert queue.position(db, db.get_one(Job, "bob-normal-000")) == 4


def test_who_has_jobs_running_stands_behind_who_has_none(app: Flask) -> None:
    _add("ada", 3, 0)
    _add("bob", 1, 5)
    with writing() as db:
        db.get_one(Job, "ada-normal-000").published = True
    assert _order() == ["bob-normal-000", "ada-normal-001", "ada-normal-002"]


def test_twenty_owners_are_served_alike(app: Flask) -> None:
    for user in range(20):
        _add(f"user{user:02d}", 10 + 5 * user, user)
    served = [0] * 20
    for job_id in _order()[:200]:
        served[int(job_id[4:6])] += 1
    jain = sum(served) ** 2 / (20 * sum(n * n for n in served))
    assert jain >= 0.95


def test_who_waits_is_told_when_it_will_begin(caller: Caller, app: Flask) -> None:
    held = app.extensions["callsheet"]
    job_id = caller.start(caller.ready_session()).json()["job_id"]
    told = caller.http.get(f"/process/{job_id}").json()
    assert (told["queue_position"], told["estimated_start"]) == (1, None)
    beat(held.redis)
    _add("ada", 1, 0)
    with writing() as db:  # one of two places is taken, for ten seconds more
        ada = db.get_one(Job, "ada-normal-000")
        ada.published, ada.eta_seconds, ada.expected_seconds = True, 10.0, 20.0
    told = caller.http.get(f"/process/{job_id}").json()
    begins = datetime.fromisoformat(told["estimated_start"])
    assert timedelta(seconds=-10) < begins - now() < timedelta(seconds=5)


def test_places_follow_the_workers_up_to_the_cap() -> None:
    assert [queue.slots(n, 16) for n in (0, 1, 3, 100)] == [1, 2, 6, 16]


def test_one_job_too_many_of_one_session_is_told_to_wait(caller: Caller, app: Flask) -> None:
    held = app.extensions["callsheet"].settings.user_jobs
    session_id = caller.ready_session()
    with writing() as db:
        for _ in range(held):
            db.add(Job(session_id=name_of(session_id), options={}, inputs={}))
    refused = caller.start(session_id)
    problem(refused, 429, "RATE_LIMITED")
    assert refused.headers["retry-after"]
    other = caller.session("ada")  # the same name, claimed by a stranger, shares no limit
    caller.face(other)
    assert caller.start(other).status_code == 202


def test_a_claimed_name_takes_no_turns_from_its_bearer(app: Flask) -> None:
    with writing() as db:
        for number, count in enumerate((5, 1)):
            room = UserSession(user_id="ada")
            db.add(room)
            db.flush()
            for job in range(count):
                at = now() + timedelta(minutes=number, seconds=job)
                db.add(
                    Job(
                        id=f"{number}-{job}",
                        session_id=room.id,
                        options={},
                        inputs={},
                        created_at=at,
                    )
                )
    assert _order() == ["0-0", "1-0", "0-1", "0-2", "0-3", "0-4"]
