"""Run the controller: read events, apply them, decide, dispatch and publish."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from threading import Event as Flag

import redis
from flask import current_app

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tasks.messaging.event_bus import StreamEntry
from web.control import (
    cancellations,
    gathering,
    maintenance,
    outbox,
    projection,
    projects,
    providers,
    retries,
    session_files,
    stream,
)
from web.control.batches import follow as follow_batches
from web.control.leader import Leadership
from web.control.mails import MailSender
from web.control.moderation import Moderator
from web.control.node_desk import NodeDesk
from web.control.schedule import Duty, Schedule
from web.control.sweeper import Sweeper
from web.control.taken_messages import TakenMessages
from web.control.webhooks import WebhookSender
from web.db.engine import db, reading
from web.dead_letters import letters, quarantine
from web.dead_letters.outages import is_outage
from web.events import outbox as outbox_rows
from web.events.position import applied_position, highest_position
from web.examinations import requests
from web.jobs import notices
from web.jobs.dispatch import Dispatcher
from web.jobs.lookahead import Lookahead
from web.jobs.planning import Capacity
from web.jobs.progress import jobs_in_flight, restore_progress
from web.monitoring.heartbeats import process_name
from web.monitoring.metrics.registry import open_control_metrics
from web.monitoring.turning import Turning
from web.projects.folders import ProjectFolders
from web.services import Services
from web.storage.cleanup import Cleanup
from web.trust import registry
from web.webhooks import queueing

log = logging.getLogger(__name__)

LISTEN_SECONDS = 0.5
STANDBY_SECONDS = 1.0
GATHER_SECONDS = 0.01
"""A pause after a batch, so that urgent events share a transaction too."""
RECOVERING = "recovering"
"""Value of the marker of Redis until a wipe is dealt with."""
DOCUMENTS_AT_ONCE = 50
"""A new leader may have thousands to write, and would lose its lock if it wrote all at once."""
WRITING_SHARE = 0.1
"""The largest share of the controller's time for writing session documents."""
POLL = "poll"
COPIES = "copies"
POLL_SECONDS = 0.25
"""Poll interval for missed notifications and expired back-offs."""
MAINTENANCE_SECONDS = 60.0
DAY_SECONDS = 86_400.0
CREDITS_SECONDS = 600.0
WATCH_SECONDS = 5.0
EXAMINATION_SECONDS = 10.0
PROJECTS_SECONDS = 0.5
BATCHES_SECONDS = 2.0
NOTICE_SECONDS = 3600.0
ALIVE = "alive"
ALIVE_SECONDS = 15
ALIVE_PAUSE = 1.0
"""Pause between two reports of a leader; a turn is often much shorter."""
CLEANING_SECONDS = 600
"""How long deleting many files from a remote store may take in one turn."""
OUTAGE_PAUSE = 0.5
LONGEST_PAUSE = 5.0
"""The longest pause between two turns while each of them fails."""
SILENT_LEASES = 2
"""Leases without a completed turn after which a standby replaces the leader."""


class Controller:
    """Decides for all jobs. One controller leads; the others wait for its lock."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._leadership = Leadership(db.engine, SILENT_LEASES * services.settings.lease_seconds)
        self._dispatcher = Dispatcher(services)
        self._lookahead = Lookahead(shared=services.settings.cache_shared == "true")
        self._sweeper = Sweeper(services)
        self._taken = TakenMessages(services)
        self._terminations = cancellations.Terminations(services)
        self._cleaner = maintenance.Cleaner(Cleanup(services))
        self._folders = ProjectFolders(services)
        self._figures = maintenance.FigureKeeper(services)
        metrics = open_control_metrics(services.settings)
        self._pipeline, self._slo, self.metrics_address = metrics.events, metrics.slo, metrics.url
        self._watch = maintenance.Watch(services)
        self._desk = NodeDesk(services, self._pipeline.refused, lambda: self.is_leader)
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
        sent = metrics.deliveries
        self._mails = MailSender(app, services, lambda: self.is_leader, sent.count_mail)
        self._webhooks = WebhookSender(app, services, lambda: self.is_leader, sent.count_attempt)
        self._moderator = Moderator(app, services, lambda: self.is_leader)
        self._wake_id = "0-0"
        self._added = self._queued = -1
        """Rows of the outbox and for webhooks, as counted when they were last looked for."""
        self._after: str | None = None
        """The last event that was applied; None: read it from the database."""
        self._pending_copies: set[str] = set()
        """Jobs whose documents in their session directories are stale."""
        self._copy_pause = 0.0
        self._schedule = Schedule()
        self._duties = self._list_duties()
        self._turning = Turning(services.redis, process_name("control"))
        self.is_leader = False
        self.stop_event = Flag()

    def run(self) -> None:
        self._desk.start()
        self._mails.start()
        self._webhooks.start()
        self._moderator.start()
        while not self.stop_event.is_set():
            try:
                self.is_leader = self._ensure_leadership()
                if self.is_leader:
                    self._turn()
                    self._turning.completed()
                else:
                    self.stop_event.wait(STANDBY_SECONDS)
            except Exception as error:  # noqa: BLE001  no error may end the loop
                self._after = None
                if self.is_leader:
                    self._turning.failed(error)
                self._handle_failure(error)
        self._desk.close()
        self._watch.close()
        self._mails.close()
        self._webhooks.close()
        self._moderator.close()
        self._leadership.close()

    def _handle_failure(self, error: Exception) -> None:
        if is_outage(error):
            # The decisions so far are in the database, so nothing is lost by waiting.
            what = {"error": _summary(error), "pause_seconds": OUTAGE_PAUSE}
            log.warning("service unavailable, retrying", extra=what)
            self._decide_without_redis()
            self.stop_event.wait(OUTAGE_PAUSE)
            return
        # It belongs to no message and no job. A new process would fail in the same way, so this
        # one tries again, more and more slowly, and the health report names the error.
        log.error("turn failed", exc_info=error, extra={"error": _summary(error)})
        self._repair()
        self.stop_event.wait(min(OUTAGE_PAUSE * 2**self._turning.failures, LONGEST_PAUSE))

    def _repair(self) -> None:
        try:
            stream.delete_wrong_types(self._services)
        except redis.RedisError as error:
            log.warning("repair failed", extra={"error": _summary(error)})

    def _ensure_leadership(self) -> bool:
        if self._leadership.is_held():
            return True
        if self._leadership.acquire():
            log.info("leadership acquired")
            self._after = None
            self._schedule.begin("sweep")
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
        batch = gathering.read(services.bus, before, self._wake_id, block)
        batch = stream.repair(services, batch, before)
        due = batch.wake_id != self._wake_id or self._schedule.is_due(POLL, POLL_SECONDS)
        self._wake_id = batch.wake_id
        if batch.entries or batch.unreadable:
            attempts = services.settings.job_attempts
            applied = projection.apply_batch(batch, services, attempts)
            self._pipeline.count(entry.event for entry in applied)
            self._slo.count(entry.event for entry in applied)
            self._pending_copies |= _changed_jobs(applied)
        self._after = batch.after
        if due:
            retries.run_selected(services)
            cancellations.decide_requested()
        # Ends are published before the next dispatch: the end of a job's last round must not
        # arrive in the middle of its next one.
        ended = self._publish(due=due)
        self._terminations.add(ended)
        if due or ended:
            self._schedule.begin(POLL)
            self._dispatch()
        self._terminations.enforce()
        self._schedule.run_due(self._duties, self._do)
        self._write_copies()
        if batch.entries:
            self.stop_event.wait(GATHER_SECONDS)

    def _publish(self, *, due: bool) -> list[Event]:
        """Publish what this process has decided, and when `due`, what others have.

        Each look into the database costs as much as applying an event.
        """
        added, queued = outbox_rows.added(), queueing.queued()
        ended: list[Event] = []
        if due or added != self._added:
            ended = outbox.publish_pending(self._services)
            self._added = added
        if due or ended or queued != self._queued:
            self._webhooks.wake()
            self._queued = queued
        return ended

    def _detect_redis_wipe(self) -> None:
        """Detect a wipe of Redis, and keep event ids rising after it.

        The marker says when that is done: if this process is killed first, the next one repeats it.
        """
        pipe = self._services.redis.pipeline(transaction=False)
        pipe.set(keys.MARKER, RECOVERING, nx=True, get=True)
        if self._schedule.take(ALIVE, ALIVE_PAUSE):
            pipe.set(keys.CONTROL, self.metrics_address, ex=ALIVE_SECONDS)
        if pipe.execute()[0] in (None, RECOVERING):
            highest = highest_position()
            log.info("redis is empty, event ids continue", extra={"above": highest})
            self._services.bus.seed(highest)
            self._services.bus.note_wipe(highest)
            for job_id in jobs_in_flight():
                self._decide("restore", job_id, partial(restore_progress, self._services, job_id))
            self._wake_id = "0-0"
            self._services.redis.set(keys.CONTROL, self.metrics_address, ex=ALIVE_SECONDS)
            self._services.redis.set(keys.MARKER, "1", xx=True)  # unless it was wiped again

    def _dispatch(self) -> None:
        if not self._dispatcher.has_due():
            return
        capacity = self._dispatcher.capacity()
        if capacity.has_room:
            for job_id in self._dispatcher.due():
                self._decide("dispatch", job_id, partial(self._dispatch_one, job_id, capacity))
                if capacity.in_flight >= capacity.slots:
                    break
        if not capacity.has_room:  # what is in the cache needs no slot
            for job_id in self._lookahead.next():
                answer = partial(self._dispatcher.answer, job_id, capacity)
                self._decide("dispatch", job_id, answer)

    def _dispatch_one(self, job_id: str, capacity: Capacity) -> None:
        capacity.in_flight += self._dispatcher.dispatch(job_id, capacity)

    def _decide(self, what: str, job_id: str, decide: Callable[[], object]) -> None:
        """Make a decision for a job; if it raises an error, only this job fails."""
        name = f"{what} {job_id}"
        quarantine.attempt(decide, letters.DECISION, name, what, job_id=job_id)
        self._turning.moved()

    def _list_duties(self) -> tuple[Duty, ...]:
        """List the periodic duties, in the order in which they run."""
        return (
            Duty("sweep", self._sweeper.pause, self._sweep),
            Duty("providers", providers.SECONDS, partial(providers.follow, self._services)),
            Duty("projects", PROJECTS_SECONDS, partial(projects.follow, self._services)),
            Duty("project folders", MAINTENANCE_SECONDS, self._keep_folders),
            Duty("old project folders", DAY_SECONDS, self._clean_folders),
            Duty("batches", BATCHES_SECONDS, partial(follow_batches, self._services)),
            Duty("examinations", EXAMINATION_SECONDS, partial(requests.repeat, self._services)),
            Duty("trim", MAINTENANCE_SECONDS, self._trim),
            Duty("taken messages", MAINTENANCE_SECONDS, self._taken.clean),
            Duty("forget", MAINTENANCE_SECONDS, partial(maintenance.forget, self._services)),
            Duty("forget logins", MAINTENANCE_SECONDS, self._forget_logins),
            Duty("credits", CREDITS_SECONDS, partial(maintenance.check_credits, self._services)),
            Duty("expiring videos", NOTICE_SECONDS, self._announce_expiring),
            Duty("watch", WATCH_SECONDS, self._watch.check),
            Duty("refused requests", WATCH_SECONDS, self._keep_refused_requests),
            Duty("unsent mails", WATCH_SECONDS, self._keep_unsent_mails),
            Duty("clean", WATCH_SECONDS, self._clean),
            Duty("figures", MAINTENANCE_SECONDS, self._figures.refresh),
            Duty("fingerprints", WATCH_SECONDS, self._read_fingerprints),
        )

    def _do(self, duty: Duty) -> None:
        """Run a duty; a failure is quarantined, and the duty runs again at its next time."""
        self._turning.moved()
        quarantine.attempt(duty.action, letters.DUTY, duty.name)

    def _sweep(self) -> None:
        self._pipeline.lost(len(self._sweeper.sweep()))

    def _keep_folders(self) -> None:
        self._turning.may_take(CLEANING_SECONDS)
        projects.keep_folders(self._folders)

    def _clean_folders(self) -> None:
        self._turning.may_take(CLEANING_SECONDS)
        projects.clean_folders(self._folders)

    def _trim(self) -> None:
        maintenance.trim(self._services, applied_position())

    def _forget_logins(self) -> None:
        maintenance.forget_accounts(self._services)

    def _announce_expiring(self) -> None:
        notices.expiring(self._services)

    def _keep_refused_requests(self) -> None:
        quarantine.put_aside(self._desk.refusals())

    def _keep_unsent_mails(self) -> None:
        quarantine.put_aside(self._mails.given_up())

    def _clean(self) -> None:
        self._turning.may_take(CLEANING_SECONDS)
        self._cleaner.run_due()

    def _read_fingerprints(self) -> None:
        registry.read_fingerprints(self._services)

    def _write_copies(self) -> None:
        """Write some of the pending copies; last and rarely, because nothing waits for them."""
        if not self._pending_copies or not self._schedule.take(COPIES, self._copy_pause):
            return
        began = time.monotonic()
        some = set(islice(self._pending_copies, DOCUMENTS_AT_ONCE))
        session_files.write_jobs(self._services, some)
        self._pending_copies -= some
        took = time.monotonic() - began
        self._copy_pause = max(1.0, took / WRITING_SHARE)

    def _decide_without_redis(self) -> None:
        """Cancel jobs, which needs the database only; the events follow when Redis is back."""
        try:
            cancellations.decide_requested()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("database unavailable", extra={"error": _summary(error)})


def _changed_jobs(entries: list[StreamEntry]) -> set[str]:
    """List the jobs whose documents change with these events."""
    return {
        entry.event.job_id
        for entry in entries
        if entry.event.job_id and entry.event.event_type is not EventType.PROGRESS_UPDATE
    }


def _summary(problem: Exception) -> str:
    line = (str(problem).splitlines() or [""])[0]
    return f"{type(problem).__name__}: {line[:120]}"
