"""Control's loop: hear, write down, decide, dispatch, say. Nothing here waits for a client."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from threading import Event as Flag

import redis

from tasks.domain.events import EventType
from tasks.messaging import keys
from tasks.messaging.event_bus import StreamEntry
from web.control import (
    cancellations,
    maintenance,
    outbox,
    projection,
    repair,
    retries,
    session_files,
    stream,
)
from web.control.leader import Leadership
from web.control.node_desk import NodeDesk
from web.control.sweeper import Sweeper
from web.db.engine import db, reading
from web.dead_letters import letters, quarantine
from web.dead_letters.outages import is_outage
from web.events.position import applied_position, highest_position
from web.jobs.dispatch import Dispatcher
from web.jobs.planning import Capacity
from web.jobs.progress import jobs_in_flight, restore_progress
from web.monitoring.heartbeats import process_name
from web.monitoring.metrics.registry import open_event_metrics
from web.monitoring.turning import Turning
from web.services import Services
from web.storage.cleanup import Cleanup

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.5
STANDBY_SECONDS = 1.0
GATHER_SECONDS = 0.01
"""Events of the next moment share a transaction."""
COPIES_AT_ONCE = 50
"""Who takes the lead may owe thousands of them, and would lose it again in writing them all."""
WRITING_SHARE = 0.1
"""Of control's time, at most, for the copies of the ledger that sessions keep."""
POLL_SECONDS = 0.25
"""A request that nobody told of, and a pause that has passed, are seen within this."""
MAINTENANCE_SECONDS = 60.0
WATCH_SECONDS = 5.0
ALIVE_SECONDS = 15
CLEANING_SECONDS = 600
"""What deleting many files from a distant store may take in one turn."""
LONGEST_PAUSE = 5.0
"""Between two turns, where one after the other fails."""
SILENT_LEASES = 2
"""A leader that has not turned for so many leases stands still, and a standby takes its place."""


class Controller:
    """The decider. One acts; others wait for its lock."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._leadership = Leadership(db.engine, SILENT_LEASES * services.settings.lease_seconds)
        self._dispatcher = Dispatcher(services)
        self._sweeper = Sweeper(services)
        self._terminations = cancellations.Terminations(services)
        self._cleaner = maintenance.Cleaner(Cleanup(services))
        self._pipeline, self._figures_at = open_event_metrics(services.settings)
        self._watch = maintenance.Watch(services)
        self._desk = NodeDesk(services, self._pipeline.refused, lambda: self.is_leader)
        self._wake_id = "0-0"
        self._after: str | None = None
        """Where reading goes on; None: the database knows."""
        self._next_poll = 0.0
        self._pending_copies: set[str] = set()
        """Jobs of which their sessions' directories do not know the latest."""
        self._next_writing = 0.0
        self._next_sweep = 0.0
        self._next_maintenance = 0.0
        self._next_watch = 0.0
        self._turning = Turning(services.redis, process_name("control"))
        self.is_leader = False
        self.stop_event = Flag()

    def run(self) -> None:
        self._desk.start()
        while not self.stop_event.is_set():
            try:
                self.is_leader = self._ensure_leadership()
                if self.is_leader:
                    self._turn()
                    self._turning.completed()
                else:
                    self.stop_event.wait(STANDBY_SECONDS)
            except Exception as error:  # noqa: BLE001  whatever it is, the next turn must come
                self._after = None
                if self.is_leader:
                    self._turning.failed(error)
                self._go_on_after(error)
        self._desk.close()
        self._leadership.close()

    def _go_on_after(self, problem: Exception) -> None:
        if is_outage(problem):
            # What was decided is in the database, so wait and go on.
            log.warning("a part is away: %s", _summary(problem))
            self._decide_without_redis()
            self.stop_event.wait(0.5)
            return
        # It belongs to no message and to no job. A new process would read the same and end the
        # same way, so this one goes on, ever more slowly, and health says what is wrong.
        log.error("a turn failed: %s", _summary(problem), exc_info=problem)
        self._repair()
        self.stop_event.wait(min(0.5 * 2**self._turning.failures, LONGEST_PAUSE))

    def _repair(self) -> None:
        try:
            repair.wrong_types(self._services)
        except redis.RedisError as error:
            log.warning("nothing was repaired: %s", _summary(error))

    def _ensure_leadership(self) -> bool:
        if self._leadership.is_held():
            return True
        if self._leadership.acquire():
            log.info("leading")
            self._after = None
            self._next_sweep = time.monotonic() + self._sweeper.pause
            self._watch.forget()
            with reading() as db:
                self._pending_copies |= set(session_files.jobs_with_stale_files(db))
            return True
        return False

    def _turn(self) -> None:
        services = self._services
        self._detect_redis_wipe()
        block = max(1, int(1000 * min(LISTEN_SECONDS, self._terminations.due_in)))
        before = self._after or applied_position()
        batch = services.bus.read_stream(before, self._wake_id, block)
        batch = stream.mended(services, batch, before)
        asked = batch.wake_id != self._wake_id or time.monotonic() >= self._next_poll
        self._wake_id = batch.wake_id
        if batch.entries or batch.unreadable:
            attempts = services.settings.job_attempts
            applied = projection.take_in(batch, services.artifacts, attempts)
            self._pipeline.count(entry.event for entry in applied)
            self._pending_copies |= _changed_jobs(applied)
        self._after = batch.after
        if asked:
            retries.carry_out(services)
            cancellations.decide_requested()
        # Ends are said before anything is dispatched: the end of a job's last round must
        # not be heard in the middle of its next one.
        ended = outbox.publish_pending(services)
        self._terminations.add(ended)
        if asked or ended:
            self._next_poll = time.monotonic() + POLL_SECONDS
            self._dispatch()
        self._terminations.enforce()
        self._run_periodic_duties()
        self._write_copies()
        if batch.entries:
            self.stop_event.wait(GATHER_SECONDS)

    def _detect_redis_wipe(self) -> None:
        """Notice a wipe of Redis, and let ids go on rising after it."""
        pipe = self._services.redis.pipeline(transaction=False)
        pipe.set(keys.CONTROL, self._figures_at, ex=ALIVE_SECONDS)
        pipe.set(keys.MARKER, "1", nx=True)
        _, first = pipe.execute()
        if first:
            log.info("Redis is empty or new: ids go on above %s", highest_position())
            self._services.bus.seed(highest_position())
            for job_id in jobs_in_flight():
                self._decide("restore", job_id, partial(restore_progress, self._services, job_id))
            self._wake_id = "0-0"

    def _dispatch(self) -> None:
        capacity = self._dispatcher.capacity()
        if not capacity.has_room:
            return  # a long queue costs nothing while no slot is free
        for job_id in self._dispatcher.due():
            self._decide("dispatch", job_id, partial(self._dispatch_one, job_id, capacity))

    def _dispatch_one(self, job_id: str, capacity: Capacity) -> None:
        capacity.in_flight += self._dispatcher.dispatch(job_id, capacity)

    def _decide(self, what: str, job_id: str, decide: Callable[[], object]) -> None:
        """Make a decision of a job; the job fails if it cannot be made, and the rest goes on."""
        name = f"{what} {job_id}"
        quarantine.attempt(decide, letters.DECISION, name, what, job_id=job_id)
        self._turning.moved()

    def _run_periodic_duties(self) -> None:
        moment = time.monotonic()
        if moment >= self._next_sweep:
            self._next_sweep = moment + self._sweeper.pause
            self._do("sweep", self._sweep)
        if moment >= self._next_maintenance:
            self._next_maintenance = moment + MAINTENANCE_SECONDS
            self._do("trim", lambda: maintenance.trim(self._services, applied_position()))
            self._do("forget", maintenance.forget)
        if moment >= self._next_watch:
            self._next_watch = moment + WATCH_SECONDS
            self._do("watch", self._watch.check)
            self._do("refused requests", lambda: quarantine.put_aside(self._desk.refusals()))
            self._turning.may_take(CLEANING_SECONDS)
            self._do("clean", self._cleaner.run_due)

    def _do(self, duty: str, action: Callable[[], object]) -> None:
        """A duty that belongs to no job: it is tried again at its next time."""
        self._turning.moved()
        quarantine.attempt(action, letters.DUTY, duty)

    def _sweep(self) -> None:
        self._pipeline.lost(len(self._sweeper.sweep()))

    def _write_copies(self) -> None:
        """Last, and seldom: nobody waits for them."""
        began = time.monotonic()
        if not self._pending_copies or began < self._next_writing:
            return
        some = set(islice(self._pending_copies, COPIES_AT_ONCE))
        session_files.write_jobs(self._services, some)
        self._pending_copies -= some
        self._next_writing = began + max(1.0, (time.monotonic() - began) / WRITING_SHARE)

    def _decide_without_redis(self) -> None:
        """Cancelling needs the database only; the news follows when Redis is back."""
        try:
            cancellations.decide_requested()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("the database is away: %s", _summary(error))


def _changed_jobs(entries: list[StreamEntry]) -> set[str]:
    """The jobs of which something was heard that a person would want to read of later."""
    return {
        entry.event.job_id
        for entry in entries
        if entry.event.job_id and entry.event.event_type is not EventType.PROGRESS_UPDATE
    }


def _summary(problem: Exception) -> str:
    said = (str(problem).splitlines() or [""])[0]
    return f"{type(problem).__name__}: {said[:120]}"
