"""The ledger under everything that may happen to a job, in any order.

Attempts, lost ones, new revisions of the plan, cancelling and other rounds, and between them
what workers of any attempt say, read late, twice and out of order.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.errors import JobLost
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions, JobState
from tests.web.control.databases import ATTEMPTS, STEPS, apply, event, fresh
from web.control import cancellations
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.models import OutboxEvent
from web.jobs import transitions
from web.jobs.models import Job, StageRun

LOST = Failure.of_error(JobLost(), "a test")
SAID = (EventType.STAGE_STARTED, EventType.STAGE_COMPLETED, EventType.STAGE_FAILED)


class Ledger(RuleBasedStateMachine):
    """What was said and is not read yet, and what must not be taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: list[Event] = []
        self.heard: list[Event] = []
        self.number = 0
        self.revision = 1
        self.percent = 0.0
        self.attempt = 0
        self.done: dict[tuple[int, str], str] = {}
        self.end: JobState | None = None

    @initialize(revisions=st.integers(0, 2))
    def accept(self, revisions: int) -> None:
        fresh(attempt=1)
        with writing() as db:
            job = db.get_one(Job, "job")
            job.options = JobOptions(script="One.").to_dict()
            for _ in range(revisions):
                self._revise(db, job)

    def _revise(self, db: Session, job: Job) -> None:
        self.revision += 1
        job.revision, job.failures = self.revision, 0
        for step in STEPS:
            db.add(
                StageRun(
                    job_id="job", revision=self.revision, step=step, stage=step, engine="another"
                )
            )

    # --- what workers say, and how it is read -------------------------------------------

    @rule(
        kind=st.sampled_from(SAID),
        step=st.sampled_from(STEPS),
        older=st.integers(0, 2),
        percent=st.floats(0, 99),
        retryable=st.sampled_from((True, True, True, False)),
    )
    def say(self, kind: EventType, step: str, older: int, percent: float, retryable: bool) -> None:
        """Of this attempt and revision, or of one before."""
        attempt = max(self.job.attempt - older, 1)
        revision = max(self.revision - older, 1)
        self.number += 1
        self.unread.append(
            event(self.number, kind, step, attempt, revision, percent=percent, retryable=retryable)
        )

    @precondition(lambda self: self.unread)
    @rule(data=st.data())
    def read_some(self, data: st.DataObject) -> None:
        """Some of it, in any order, beside what was read before."""
        batch = data.draw(st.lists(st.sampled_from(self.unread), min_size=1, unique_by=id))
        again = data.draw(st.lists(st.sampled_from(self.heard), max_size=3)) if self.heard else []
        apply(data.draw(st.permutations([*batch, *again])))
        self.unread = [told for told in self.unread if told not in batch]
        self.heard += batch

    @precondition(lambda self: self.heard)
    @rule()
    def read_all_again(self) -> None:
        """Nothing follows from what was read before."""
        before = self._truth()
        apply(self.heard)
        assert self._truth() == before

    # --- what control and users decide --------------------------------------------------

    @precondition(lambda self: self.is_open and not self.job.published)
    @rule(revised=st.booleans())
    def dispatch(self, revised: bool) -> None:
        with writing() as db:
            job = db.get_one(Job, "job")
            job.attempt += 1
            job.published, job.retry_at = True, None
            if revised:
                self._revise(db, job)

    @precondition(lambda self: self.is_open and self.job.published)
    @rule()
    def lose(self) -> None:
        with writing() as db:
            job = db.get_one(Job, "job")
            transitions.retry_or_fail(db, job, LOST, ATTEMPTS, now())

    @rule()
    def cancel(self) -> None:
        """Asked for at any time; who has ended by then stays as they are."""
        with writing() as db:
            db.get_one(Job, "job").cancel_requested_at = now()
        cancellations.decide_requested()

    @precondition(lambda self: self.end is not None and self.end.reopenable)
    @rule()
    def retry(self) -> None:
        with writing() as db:
            transitions.reopen(db, db.get_one(Job, "job"))
        self.end = None
        assert self.job.failures == 0

    # --- what holds at all times --------------------------------------------------------

    @invariant()
    def an_end_never_changes(self) -> None:
        state = JobState(self.job.state)
        assert self.end in (None, state)
        self.end = state if state.terminal else None

    @invariant()
    def nothing_runs_backwards(self) -> None:
        job = self.job
        assert job.percent >= self.percent
        assert job.attempt >= self.attempt
        self.percent, self.attempt = job.percent, job.attempt

    @invariant()
    def what_is_done_stays_done(self) -> None:
        done = {(r.revision, r.step): r.artifact for r in self._runs() if r.state == "done"}
        assert done.items() >= self.done.items()
        self.done = done
        strangers = {key for key, made in done.items() if not made.endswith(f"-{key[0]}")}
        assert not strangers, "done by another revision"

    @invariant()
    def each_round_ends_once(self) -> None:
        with reading() as db:
            ends = db.scalar(select(func.count()).select_from(OutboxEvent))
        assert ends == self.job.rounds + (self.end is not None)

    @invariant()
    def an_open_job_may_go_on(self) -> None:
        assert self.end or self.job.failures < ATTEMPTS

    def teardown(self) -> None:
        """After any events, a job that is retried and whose steps are all done succeeds."""
        if self.end not in (None, JobState.SUCCEEDED):
            self.retry()
        if self.is_open:
            if not self.job.published:
                self.dispatch(revised=False)
            for step in STEPS:
                self.number += 1
                kind = EventType.STAGE_COMPLETED
                apply([event(self.number, kind, step, self.job.attempt, self.revision)])
        assert self.job.state == JobState.SUCCEEDED
        assert {r.state for r in self._runs() if r.revision == self.revision} == {"done"}

    # --- looking ------------------------------------------------------------------------

    @property
    def job(self) -> Job:
        with reading() as db:
            return db.get_one(Job, "job")

    @property
    def is_open(self) -> bool:
        return self.end is None

    def _runs(self) -> list[StageRun]:
        with reading() as db:
            return list(db.scalars(select(StageRun)))

    def _truth(self) -> tuple[Any, ...]:
        job = self.job
        runs = [(r.revision, r.step, r.state, r.attempt, r.artifact) for r in self._runs()]
        return job.state, job.percent, job.attempt, job.failures, job.published, runs


def test_whatever_happens_in_whatever_order(ledger: Flask) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
