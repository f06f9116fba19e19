"""The promise as a check: what must be true of a job, whatever struck meanwhile."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobState
from tests.house import House
from tests.services.waiting import until


def assert_kept(house: House, job_id: str, heard: list[Event]) -> None:
    """The promise, read from the ledger and from what a client heard."""
    job = house.until_ended(job_id, 90)
    assert job.state == JobState.SUCCEEDED, job.error_message
    until(lambda: any(e.event_type.terminal for e in heard), "the client hears the end")

    runs = house.runs(job_id)
    assert {run.state for run in runs} == {"done"}
    assert len({run.step for run in runs}) == len(runs)

    once = {event.event_id: event for event in heard}
    ids = [id_order(event_id) for event_id in once]
    assert all(a < b for a, b in pairwise(ids)), "ids rise"
    percents = [event.progress_percent for event in once.values()]
    assert all(a <= b for a, b in pairwise(percents)), percents
    ends = [event for event in once.values() if event.event_type.terminal]
    assert [event.event_type for event in ends] == [EventType.PIPELINE_COMPLETED]
    assert list(once.values())[-1] is ends[0]
    # What Redis was wiped of before the ledger had it is said again, under a new id.
    kept = {event.event_id for event in house.ledger(job_id)}
    completed = Counter(
        (event.stage, event.scene)
        for event in once.values()
        if event.event_type is EventType.STAGE_COMPLETED and event.event_id in kept
    )
    assert set(completed.values()) == {1}, "each step is completed once"
    assert len(completed) == len(runs)
