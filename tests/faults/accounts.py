"""What a system under faults has to answer for, read from the ledger and from its clients."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select

from tasks.domain.events import EventType
from tests.bench.report import percentile
from tests.faults.cells import Cells
from tests.faults.clients import Client, Heard
from tests.faults.estate import Estate
from tests.faults.promise import Kept
from tests.faults.strikes import STRIKES
from web.db.engine import reading
from web.events.models import LedgerEvent
from web.jobs.models import Job, StageRun
from web.sessions.names import name_of


def assert_kept(place: Estate, clients: Sequence[Client]) -> list[Heard]:
    """None lost, none committed twice, none stuck, each end told once; what was told again."""
    _assert_ledger(place)
    kept = Kept.of(place.deployment)
    again = []
    for client in clients:
        again += _told_again(client, kept)
        _assert_ends(place, client)
        _assert_rising(client, kept)
    return again


def _assert_ledger(place: Estate) -> None:
    """Every job succeeded, every step completed once, with the result that the manifest names."""
    artifacts = place.deployment.services.artifacts
    with place.deployment.app.app_context(), reading() as db:
        failed = select(Job.id, Job.error_code, Job.error_message).where(Job.state != "succeeded")
        assert not list(db.execute(failed)), "every job succeeds"
        runs = list(db.scalars(select(StageRun)))
        done = select(LedgerEvent).where(LedgerEvent.event_type == EventType.STAGE_COMPLETED.value)
        completed = Counter((e.job_id, e.payload["stage"]) for e in db.scalars(done))
    undone = [(run.job_id, run.step, run.state, run.attempt) for run in runs if run.state != "done"]
    assert not undone, "a job succeeded and a step of it is not done"
    assert completed == Counter((run.job_id, run.stage) for run in runs), "completed once each"
    for run in runs:
        entry = artifacts.recorded(run.job_id, run.revision, run.step)
        assert entry is not None, (run.job_id, run.step)
        assert entry.key == run.artifact, (run.job_id, run.step)


def _told_again(client: Client, kept: Kept) -> list[Heard]:
    """Return the events that a client received twice, with two ids.

    Only an event that a wipe of Redis removed before the controller had read it is emitted
    again, and a connection that has received it does not receive it again: so this takes a wipe
    and a reconnection.
    """
    first: dict[object, Heard] = {}
    again: list[Heard] = []
    for heard in client.once():
        milestone = heard.event.milestone
        if milestone is None:
            continue
        before = first.setdefault(milestone, heard)
        if before is heard:
            continue
        lost = before.event.event_id
        assert lost not in kept.ids, ("told twice, known to the ledger", before, heard)
        assert kept.wiped(lost), ("no wipe explains it", before, heard, kept.read_after(lost))
        assert before.connection != heard.connection, ("on one connection", before, heard)
        again.append(heard)
    return again


def _assert_ends(place: Estate, client: Client) -> None:
    with place.deployment.app.app_context(), reading() as db:
        jobs = set(db.scalars(select(Job.id).where(Job.session_id == name_of(client.session_id))))
    assert set(client.accepted) <= jobs, "an accepted job is not there"
    ends = Counter(h.event.job_id for h in client.once() if h.event.event_type.terminal)
    assert ends == Counter(jobs), "each end is reported once"


def _assert_rising(client: Client, kept: Kept) -> None:
    """Check that progress never falls on one connection.

    On a later connection it may fall to the value in the database: the higher one came from an
    event that a wipe removed before the controller had read it, and the web process that
    remembered it is gone, too.
    """
    heights: dict[str, list[Heard]] = {}
    for heard in client.once():
        if heard.event.job_id is None:
            continue
        peaks = heights.setdefault(heard.event.job_id, [])
        above = [peak for peak in peaks if _percent(peak) > _percent(heard)]
        if above:
            lost = above[0].event.event_id
            assert lost not in kept.ids, ("backwards, known to the ledger", above[0], heard)
            assert kept.wiped(lost), ("no wipe explains it", above[0], heard, kept.read_after(lost))
            assert all(p.connection != heard.connection for p in above), ("on one", above, heard)
        else:
            peaks.append(heard)


def _percent(heard: Heard) -> float:
    return heard.event.progress_percent


def table(place: Estate, cells: Cells, jobs: int) -> str:
    """What struck how often, what it cost, and how soon the struck step was done."""
    started = select(LedgerEvent).where(LedgerEvent.event_type == EventType.STAGE_STARTED.value)
    with place.deployment.app.app_context(), reading() as db:
        begun = Counter(
            (e.job_id, e.payload["stage"], e.payload["scene"]) for e in db.scalars(started)
        )
        runs = list(db.scalars(select(StageRun)))
        attempts = db.scalar(select(func.sum(Job.attempt - 1))) or 0
    ends = {(run.job_id, run.stage, run.scene): run.finished_at for run in runs}
    lines = [
        f"{jobs} jobs, {len(cells.struck)} faults, {attempts} more attempts, "
        f"{begun.total() - len(begun)} more stage runs than the {len(begun)} steps that ran "
        f"({len(runs) - len(begun)} were found)",
        f"{'fault':32} {'times':>5} {'recovery p50':>13} {'p99':>8}",
    ]
    every: list[float] = []
    for name in [strike.__name__ for strike in STRIKES]:
        took = [
            max(ended.timestamp() - one.at, 0.0)
            for one in cells.struck
            if one.fault == name
            and (ended := ends.get((one.call.job_id, one.call.stage, one.call.scene)))
        ]
        every += took
        if took:
            lines.append(_line(name, took))
    return "\n".join([*lines, _line("any", every)] if every else lines)


def _line(name: str, took: Sequence[float]) -> str:
    p50, p99 = statistics.median(took), percentile(took, 0.99)
    return f"{name:32} {len(took):5} {p50:11.1f} s {p99:6.1f} s"
