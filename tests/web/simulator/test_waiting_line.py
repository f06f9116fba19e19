"""The simulated line of waiting jobs is the product's."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from web.db.engine import reading, writing
from web.jobs import queue
from web.jobs.models import Job
from web.sessions.models import UserSession
from web.simulator.waiting_line import WaitingLine

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Entry:
    owner: int
    rank: int
    at: float
    number: int


@pytest.mark.slow
def test_jobs_are_taken_in_the_order_of_the_database(app: Flask) -> None:
    chance = random.Random(5)
    every = [
        Entry(chance.randrange(4), chance.randrange(3), chance.randrange(9), n) for n in range(60)
    ]
    every.sort(key=lambda entry: (entry.at, entry.number))
    _insert(every)
    line: WaitingLine[Entry] = WaitingLine()
    for entry in every:
        line.add(entry)
    running: list[int] = []
    while line:
        with reading() as db:
            expected = db.scalars(queue.waiting_jobs().limit(1)).one()
        entry = line.take()
        assert _id(entry.number) == expected
        _change(expected, published=True)
        running.append(entry.number)
        if chance.random() < 0.6:
            ended = running.pop(chance.randrange(len(running)))
            line.ended(next(one.owner for one in every if one.number == ended))
            _change(_id(ended), state="succeeded")


def _id(number: int) -> str:
    return f"{number:03d}"


def _insert(entries: list[Entry]) -> None:
    with writing() as db:
        for owner in range(4):
            session = UserSession(user_id=str(owner), owner=f"key:{owner}")
            db.add(session)
            db.flush()
            for entry in entries:
                if entry.owner == owner:
                    created = BEGIN + timedelta(seconds=entry.at)
                    db.add(
                        Job(
                            id=_id(entry.number),
                            session_id=session.id,
                            options={},
                            inputs={},
                            rank=entry.rank,
                            created_at=created,
                        )
                    )
    with reading() as db:
        assert len(set(db.scalars(select(Job.owner)))) == 4


def _change(job_id: str, **values: object) -> None:
    with writing() as db:
        db.execute(update(Job).where(Job.id == job_id).values(**values))
