"""The promise as a check: what must be true of a job after any fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select

from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.waiting import until
from web.db.engine import reading
from web.events.hub import Message, Subscription
from web.events.models import LedgerEvent, OutboxEvent
from web.jobs.models import StageRun


def assert_kept(deployment: Deployment, job_id: str, heard: list[Event]) -> None:
    """The promise, read from the ledger and from what a client heard."""
    job = deployment.until_ended(job_id, 90)
    assert job.state == JobState.SUCCEEDED, job.error_message

    def of_the_job() -> list[Event]:
        return [event for event in list(heard) if event.job_id == job_id]

    until(lambda: any(e.event_type.terminal for e in of_the_job()), "the client hears the end")
    runs = [run for run in deployment.runs(job_id) if run.revision == job.revision]
    assert {run.state for run in runs} == {"done"}
    assert len({run.step for run in runs}) == len(runs)
    _assert_committed_once(deployment, job_id, runs)
    _assert_told_once(as_told(job.session_id, of_the_job()), len(runs))
    until(lambda: not unaccounted(deployment, of_the_job()), "the ledger knows what was heard")


def as_told(session_id: str, heard: Iterable[Event]) -> list[Event]:
    """Return what a client of this session receives of the events of its web process."""
    told: list[Event] = []

    def never_cut_off() -> None:
        raise AssertionError("a subscription outside a hub is not cut off")

    subscription = Subscription(
        session_id, lambda message: told.append(message.event), "0-0", never_cut_off
    )
    subscription.open(Message(event) for event in heard)
    return told


def unaccounted(deployment: Deployment, heard: Iterable[Event]) -> list[Event]:
    """Events that the ledger does not know, and that no wipe of Redis explains."""
    kept = Kept.of(deployment)
    return [e for e in heard if e.event_id not in kept.ids and not kept.wiped(e.event_id)]


@dataclass(frozen=True)
class Kept:
    """The ids that the ledger has, those of them that it has from the stream, and the wipes.

    What control itself decides is stored when it is published, so it says nothing of how far
    control had read the stream.
    """

    ids: frozenset[str]
    read: frozenset[str]
    wipes: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, deployment: Deployment) -> Kept:
        with deployment.app.app_context(), reading() as db:
            rows = db.execute(select(LedgerEvent.milliseconds, LedgerEvent.sequence))
            ids = frozenset(f"{milliseconds}-{sequence}" for milliseconds, sequence in rows)
            decided = db.scalars(select(OutboxEvent.event_id))
            return cls(ids, ids.difference(decided), tuple(deployment.redis_server.wiped))

    def wiped(self, event_id: str) -> bool:
        """Whether it was said before a wipe and after the last that control had read by then."""
        said = id_order(event_id)
        return any(
            said[0] / 1000 <= after
            and not any(said < id_order(known) <= (before * 1000, 0) for known in self.read)
            for before, after in self.wipes
        )

    def read_after(self, event_id: str) -> list[str]:
        """Return the first ids that control had read after this one, to explain a failure."""
        return sorted((i for i in self.read if id_order(i) > id_order(event_id)), key=id_order)[:3]


def _assert_committed_once(deployment: Deployment, job_id: str, runs: list[StageRun]) -> None:
    """One completion of each step in the ledger, and it names what the manifest names."""
    completed = Counter(
        (event.details["revision"], event.stage, event.scene)
        for event in deployment.ledger(job_id)
        if event.event_type is EventType.STAGE_COMPLETED
    )
    assert set(completed.values()) == {1}, completed
    for run in runs:
        entry = deployment.services.artifacts.recorded(job_id, run.revision, run.step)
        assert entry is not None, run.step
        assert entry.key == run.artifact, run.step


def _assert_told_once(told: list[Event], steps: int) -> None:
    ids = [id_order(event.event_id) for event in told]
    assert all(a < b for a, b in pairwise(ids)), "ids rise"
    percents = [event.progress_percent for event in told]
    assert all(a <= b for a, b in pairwise(percents)), percents
    ends = [event for event in told if event.event_type.terminal]
    assert [event.event_type for event in ends] == [EventType.PIPELINE_COMPLETED]
    assert told[-1] is ends[0]
    completed = Counter(
        (event.stage, event.scene)
        for event in told
        if event.event_type is EventType.STAGE_COMPLETED
    )
    assert set(completed.values()) == {1}, completed
    assert len(completed) == steps
