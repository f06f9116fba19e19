"""The ledger under events in any order: duplicate, late and stale ones change nothing."""

from __future__ import annotations

import random

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.domain.job import JobState
from tests.web.control.databases import apply, fresh, story, truth
from web.db.engine import reading, writing
from web.jobs.models import Job

ENDS = [state.value for state in JobState if state.terminal]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), has_end=st.booleans(), doubled=st.integers(0, 6))
def test_any_order_ends_in_the_same_state(
    ledger: Flask, seed: int, has_end: bool, doubled: int
) -> None:
    chance = random.Random(seed)
    events = story(has_end=has_end)
    fresh()
    apply(events)
    expected = truth()

    # In any order, some of it twice, in batches of any size. That the video is there may be
    # heard before what it is made of: a wipe takes events, and they are told again later.
    told = events + chance.choices(events, k=doubled)
    chance.shuffle(told)
    fresh()
    percent = 0.0
    while told:
        size = chance.randint(1, 4)
        apply(told[:size])
        told = told[size:]
        with reading() as db:
            job = db.get_one(Job, "job")
        assert job.percent >= percent, "progress never runs backwards"
        percent = job.percent
    assert truth() == expected


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), state=st.sampled_from(ENDS))
def test_no_event_changes_an_end(ledger: Flask, seed: int, state: str) -> None:
    events = story(has_end=True)
    random.Random(seed).shuffle(events)
    fresh()
    with writing() as db:
        db.get_one(Job, "job").state = state
    before = truth()
    apply(events)
    assert truth() == before
