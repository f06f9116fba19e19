"""The promise as a check: what must be true of a job, whatever struck meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobState
from tests.house import House
from tests.services.waiting import until
from web.models import StageRun
from web.realtime.hub import Message, Subscription

BEHIND_SECONDS = 5.0
"""How far control may be behind on a loaded machine: a wipe takes with it what was said since."""


def assert_kept(house: House, job_id: str, heard: list[Event]) -> None:
    """The promise, read from the ledger and from what a client heard."""
    job = house.until_ended(job_id, 90)
    assert job.state == JobState.SUCCEEDED, job.error_message

    def of_the_job() -> list[Event]:
        return [event for event in list(heard) if event.job_id == job_id]

    until(lambda: any(e.event_type.terminal for e in of_the_job()), "the client hears the end")
    runs = [run for run in house.runs(job_id) if run.revision == job.revision]
    assert {run.state for run in runs} == {"done"}
    assert len({run.step for run in runs}) == len(runs)
    _assert_committed_once(house, job_id, runs)
    _assert_told_once(as_told(job.session_id, of_the_job()), len(runs))
    until(lambda: not unaccounted(house, of_the_job()), "the ledger knows what was heard")


def as_told(session_id: str, heard: Iterable[Event]) -> list[Event]:
    """What a client of this session is told of what its web process heard."""
    told: list[Event] = []
    subscription = Subscription(session_id, lambda message: told.append(message.event), "0-0")
    subscription.open(Message(event) for event in heard)
    return told


def unaccounted(house: House, heard: Iterable[Event]) -> list[Event]:
    """Events that the ledger does not know, and that no wipe of Redis explains."""
    said = list(heard)
    jobs = {event.job_id for event in said if event.job_id}
    kept = {event.event_id for job_id in jobs for event in house.ledger(job_id)}
    return [e for e in said if e.event_id not in kept and not wiped_soon_after(house, e.event_id)]


def wiped_soon_after(house: House, event_id: str) -> bool:
    at = id_order(event_id)[0] / 1000
    return any(at <= wiped <= at + BEHIND_SECONDS for wiped in house.redis_server.wiped)


def _assert_committed_once(house: House, job_id: str, runs: list[StageRun]) -> None:
    """One completion of each step in the ledger, and it names what the manifest names."""
    completed = Counter(
        (event.details["revision"], event.stage, event.scene)
        for event in house.ledger(job_id)
        if event.event_type is EventType.STAGE_COMPLETED
    )
    assert set(completed.values()) == {1}, completed
    for run in runs:
        entry = house.services.artifacts.entry(job_id, run.revision, run.step)
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
