"""Call every transition in every phase of a job, in any order, and hold it to its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from flask import Flask
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.settings import read
from tasks.domain.estimate import Estimate
from tasks.domain.events import EventType
from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions
from tests.tasks.domain.plans import FACE, simple_plan
from web.app import create_app
from web.db.engine import db as database
from web.db.engine import reading, writing
from web.events.models import OutboxEvent
from web.jobs import transitions
from web.jobs.forecast import Forecast
from web.jobs.models import CLIP, EXTERNAL, PROJECT, Job, PlanRevision, StageRun
from web.jobs.phases import ENDED, TRANSITIONS, Phase, phase
from web.sessions.models import UserSession

CAP: Final = 4
ENGINE_WAIT: Final = timedelta(seconds=20)
BY_NAME: Final = {transition.name: transition for transition in TRANSITIONS}
UNCONDITIONAL: Final = {
    *("start_running", "note_progress", "retry_or_fail", "succeed", "fail", "fail_unread"),
    *("bill", "cancel", "expire"),
}
"""Their guard is the phase alone."""
ENDS: Final = {
    EventType.PIPELINE_COMPLETED.value,
    EventType.PIPELINE_FAILED.value,
    EventType.PIPELINE_CANCELLED.value,
}
PLAN: Final = simple_plan()
FORECAST: Final = Forecast(1.0, Estimate(1.0, 2.0, 3.0))
FAILURE: Final = Failure("ENGINE_BROKEN", "It broke.", retryable=True, stage="voice")
walked: Counter[tuple[str, bool]] = Counter()


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(read({"CALLSHEET_STATE": str(tmp_path_factory.mktemp("transitions"))}))
    with app.app_context():
        database.create_all()
        yield app
        database.engine.dispose()
    app.extensions["callsheet"].redis.close()


SELDOM: Final = rule(really=st.sampled_from((False, False, False, True)))
"""For what ends a job: most of its life lies before that."""
RARELY: Final = rule(really=st.sampled_from((False,) * 9 + (True,)))
"""For what keeps a job from being dispatched again, in this round or for good."""


EXEMPT: Final = {
    *((name, happened) for name in ("rename", "change_owner") for happened in (True, False)),
    *((name, False) for name in ("open_job", "open_external", "open_clip")),
}
"""The first two happen in every phase and change none; the walk begins with one of the others."""
MOST_WALKS: Final = 12


class Walk(RuleBasedStateMachine):
    """One job, a clock, and what must not be taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.attempt = 0
        self.percent = 0.0
        self._seen: tuple[Job, list[str]] | None = None
        """The job and the types of its events, as read after the last transaction."""

    @initialize(
        name=st.sampled_from(("open_job",) * 3 + ("open_external", "open_clip", "open_clip")),
        kind=st.sampled_from((CLIP, PROJECT, PROJECT)),
    )
    def open(self, name: str, kind: str) -> None:
        with writing() as db:
            for table in (OutboxEvent, StageRun, PlanRevision, Job, UserSession):
                db.execute(delete(table))
            db.add(UserSession(id="session", user_id="ada"))
            db.flush()
            if name == "open_external":
                job = transitions.open_external(db, "session")
            elif name == "open_clip":
                job = transitions.open_clip(db, "session", kind=kind, options={}, inputs={})
            else:
                job = transitions.open_job(
                    db,
                    db.get_one(UserSession, "session"),
                    options=JobOptions(script="One."),
                    inputs={"face": {"sha256": FACE.sha256}},
                    consent=None,
                    request_id="",
                    rank=1,
                )
            job.created_at = self.at
            assert phase(job, self.at) in BY_NAME[name].after
            walked[name, True] += 1
            self.job_id = job.id
        self._seen = None

    # --- the clock ------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 5, 11, 70)))
    def wait(self, seconds: int) -> None:
        """Let claims expire and back-offs pass."""
        self.at += timedelta(seconds=seconds)

    @rule(then=st.sampled_from((None, "retry_lost", "withdraw")))
    def dispatch(self, then: str | None) -> None:
        """Do what a dispatcher does in a row, and what only a job in flight can meet."""
        self.release_project()
        self.claim(late=False)
        self.adopt_plan(skipped=1)
        self.mark_published(older=0)
        if then is not None:
            getattr(self, then)(older=0)

    # --- the transitions ------------------------------------------------------------------

    @rule()
    def release_project(self) -> None:
        self._call("release_project", lambda _, job: transitions.release_project(job, {}))

    @rule()
    def bill(self) -> None:
        self._call("bill", lambda _, job: transitions.bill(job))

    @rule(late=st.booleans())
    def claim(self, late: bool) -> None:
        self._call(
            "claim", lambda _, job: transitions.claim(job, job.attempt + (not late), self.at)
        )

    @rule(skipped=st.sampled_from((1, 1, 1, 2)))
    def adopt_plan(self, skipped: int) -> None:
        def act(db: Session, job: Job) -> bool:
            plan = replace(PLAN, job_id=job.id, revision=job.revision + skipped)
            before = replace(plan, revision=job.revision) if job.revision else None
            kept = transitions.adopt_plan(db, job, plan, self.at, forecast=FORECAST, before=before)
            return kept is not None

        self._call("adopt_plan", act)

    @rule(older=st.sampled_from((0, 0, 1)))
    def mark_published(self, older: int) -> None:
        self._call(
            "mark_published",
            lambda db, job: transitions.mark_published(db, job.id, job.attempt - older),
        )

    @rule(older=st.sampled_from((0, 0, 1)))
    def wait_for_worker(self, older: int) -> None:
        self._call(
            "wait_for_worker",
            lambda db, job: transitions.wait_for_worker(
                db, job, job.attempt - older, self.at, reason="No worker.", limit=ENGINE_WAIT
            ),
        )

    @rule(older=st.sampled_from((0, 0, 1)))
    def withdraw(self, older: int) -> None:
        self._call(
            "withdraw", lambda _, job: transitions.withdraw(job, job.attempt - older, self.at)
        )

    @rule()
    def start_running(self) -> None:
        self._call("start_running", lambda _, job: transitions.start_running(job, self.at))

    @rule(percent=st.floats(0, 99))
    def note_progress(self, percent: float) -> None:
        self._call(
            "note_progress", lambda _, job: transitions.note_progress(job, percent, 3.0, (1.0, 5.0))
        )

    @rule()
    def retry_or_fail(self) -> None:
        self._call(
            "retry_or_fail",
            lambda db, job: transitions.retry_or_fail(
                db, job, replace(FAILURE, engine="simulated"), CAP, self.at
            ),
        )

    @rule(older=st.sampled_from((0, 0, 1)))
    def retry_lost(self, older: int) -> None:
        self._call(
            "retry_lost",
            lambda db, job: transitions.retry_lost(
                db, job, job.attempt - older, self.at, reason="lost", cap=CAP
            ),
        )

    @SELDOM
    def succeed(self, really: bool) -> None:
        if really:
            self._call("succeed", lambda db, job: transitions.succeed(db, job, self.at))

    @SELDOM
    def fail(self, really: bool) -> None:
        if really:
            self._call("fail", lambda db, job: transitions.fail(db, job, FAILURE, self.at))

    @SELDOM
    def fail_unread(self, really: bool) -> None:
        if really:
            self._call("fail_unread", lambda db, job: transitions.fail_unread(db, job.id, self.at))

    @RARELY
    def request_cancel(self, really: bool) -> None:
        if really:
            self._call("request_cancel", lambda _, job: transitions.request_cancel(job, self.at))

    @SELDOM
    def cancel(self, really: bool) -> None:
        if really:
            self._call("cancel", lambda db, job: transitions.cancel(db, job, self.at))

    @RARELY
    def withdraw_consent(self, really: bool) -> None:
        if really:
            self._call(
                "withdraw_consent", lambda _, job: transitions.withdraw_consent(job, self.at)
            )

    @rule()
    def reopen(self) -> None:
        self._call("reopen", transitions.reopen)

    @rule()
    def reopen_clip(self) -> None:
        self._call("reopen", lambda db, job: transitions.reopen(db, job, CLIP))

    @rule()
    def expire(self) -> None:
        self._call("expire", lambda _, job: transitions.expire(job, self.at))

    # --- what holds at all times ----------------------------------------------------------

    @invariant()
    def each_round_ends_once(self) -> None:
        ends = sum(kind in ENDS for kind in self._outbox())
        assert ends == self.job.rounds + (self.phase in ENDED)

    @invariant()
    def attempts_and_the_percentage_never_fall(self) -> None:
        job = self.job
        assert job.attempt >= self.attempt
        assert job.percent >= self.percent
        self.attempt, self.percent = job.attempt, job.percent

    @invariant()
    def the_marks_fit_the_phase(self) -> None:
        job = self.job
        assert (job.finished_at is not None) == (self.phase in ENDED)
        assert (job.error_code is not None) == (self.phase is Phase.FAILED)
        assert job.claimed_until is None or self.phase in {Phase.CLAIMED, Phase.WAITING}
        assert self.phase in ENDED or job.failures < CAP

    @invariant()
    def python_and_sql_agree(self) -> None:
        job = self.job
        asked = select(Job.is_open, Job.is_in_flight, Job.is_waiting, Job.due(self.at))
        with reading() as db:
            answer = tuple(map(bool, db.execute(asked).one()))
        assert answer == (job.is_open, job.is_in_flight, job.is_waiting, job.is_due(self.at))

    # --- how a transition is held to its table --------------------------------------------

    def _call(self, name: str, act: Callable[[Session, Job], object]) -> None:
        listed, before = BY_NAME[name], self.phase
        row, outbox = self._row(), self._outbox()
        with writing() as db:
            happened = bool(act(db, db.get_one(Job, self.job_id)))
        self._seen = None
        walked[name, happened] += 1
        added, after = self._outbox()[len(outbox) :], self.phase
        if not happened:
            assert self._row() == row
            assert not added
            assert not (name in UNCONDITIONAL and before in listed.before)
            return
        assert before in listed.before
        assert after in (listed.after or {before})
        assert set(added) <= {event.value for event in listed.events}
        assert bool(ENDS & set(added)) == (after in ENDED and before not in ENDED)

    def _read(self) -> tuple[Job, list[str]]:
        if self._seen is None:
            with reading() as db:
                rows = db.scalars(select(OutboxEvent.payload).order_by(OutboxEvent.position))
                self._seen = db.get_one(Job, self.job_id), [row["event_type"] for row in rows]
        return self._seen

    @property
    def job(self) -> Job:
        return self._read()[0]

    @property
    def phase(self) -> Phase:
        return phase(self.job, self.at)

    def _row(self) -> dict[str, Any]:
        return {column.key: getattr(self.job, column.key) for column in Job.__table__.columns}

    def _outbox(self) -> list[str]:
        return self._read()[1]


def test_every_transition_keeps_to_its_table(app: Flask) -> None:
    """Walk until each transition has happened and was refused; chance decides how far that is."""
    walked.clear()
    for number in range(MOST_WALKS):
        run_state_machine_as_test(
            seed(number)(Walk),  # type: ignore[arg-type]  # its type says function
            settings=settings(
                max_examples=12,
                stateful_step_count=40,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        missing = {(name, happened) for name in BY_NAME for happened in (True, False)} - EXEMPT
        missing -= walked.keys()
        if not missing:
            break
    assert not missing


def test_a_new_title_and_owner_change_no_phase(app: Flask) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with writing() as db:
        db.add(UserSession(id="session", user_id="ada"))
        db.flush()
        job = transitions.open_external(db, "session")
        before = phase(job, at)
        transitions.rename(job, "A film")
        db.flush()
        transitions.change_owner(db, job.owner, "user:ada", None)
        db.refresh(job)
        assert (job.title, job.owner, phase(job, at)) == ("A film", "user:ada", before)
        assert list(db.scalars(select(OutboxEvent))) == []


def test_an_external_job_is_never_dispatched_and_not_opened_again(app: Flask) -> None:
    with writing() as db:
        db.add(UserSession(id="session", user_id="ada"))
        db.flush()
        job = transitions.open_external(db, "session")
        at = job.created_at
        assert job.kind == EXTERNAL
        assert not transitions.claim(job, 1, at)
        assert transitions.cancel(db, job, at)
        assert not transitions.reopen(db, job)


def opened(db: Session, **options: Any) -> Job:
    """A job in flight with one running step."""
    room = UserSession(id="session", user_id="ada")
    db.add(room)
    db.flush()
    wanted = JobOptions(script="One.", **options)
    job = transitions.open_job(
        db, room, options=wanted, inputs={}, consent=None, request_id="", rank=1
    )
    job.attempt, job.published = 1, True
    db.add(
        StageRun(
            job_id=job.id, revision=0, step="voice", stage="voice", engine="any", state="running"
        )
    )
    db.flush()
    return job


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel", "fail_unread"])
def test_nothing_runs_for_a_job_that_has_ended(app: Flask, end: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with writing() as db:
        job = opened(db)
        job.created_at = at
        ends = {
            "succeed": lambda: transitions.succeed(db, job, at),
            "fail": lambda: transitions.fail(db, job, FAILURE, at),
            "cancel": lambda: transitions.cancel(db, job, at),
            "fail_unread": lambda: transitions.fail_unread(db, job.id, at),
        }
        assert ends[end]()
    with reading() as db:
        assert [run.state for run in db.scalars(select(StageRun))] == ["dropped"]


@pytest.mark.parametrize(
    ("mode", "code", "given_up"),
    [
        ("auto", "ENGINE_BROKEN", ["voice/piper"]),
        ("auto", "STAGE_TIMED_OUT", ["voice/piper"]),
        ("auto", "INPUT_REFUSED", []),
        ("production", "ENGINE_BROKEN", []),
        ("simulation", "ENGINE_BROKEN", []),
    ],
)
def test_an_engine_is_given_up_at_its_second_failure_in_auto_mode_only(
    app: Flask, mode: str, code: str, given_up: list[str]
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    failure = replace(FAILURE, error_code=code, engine="piper")
    with writing() as db:
        job = opened(db, mode=mode)
        assert transitions.retry_or_fail(db, job, failure, CAP, at)
        assert job.given_up == []
        assert transitions.retry_or_fail(db, job, failure, CAP, at)
        assert job.given_up == given_up
