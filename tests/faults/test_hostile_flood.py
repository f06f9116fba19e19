"""A hundred thousand hostile events, rows and texts against real processes: none may end.

python -m pytest -m faults -s tests/faults/test_hostile_flood.py
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from tasks.domain.errors import RequestError
from tasks.domain.job import JobOptions, JobState
from tasks.messaging import keys
from tests.deployment import Deployment
from tests.services.waiting import until
from tests.tasks.messaging.hostility import Mutator
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters.letters import KINDS, MOST_KEPT
from web.dead_letters.models import DeadLetter
from web.events.position import applied_position
from web.jobs.models import Job, StageRun
from web.sessions.models import UserSession

pytestmark = pytest.mark.faults

EVENTS, LIVE, ENTRIES, MESSAGES, ROWS = 60_000, 30_000, 6_000, 3_500, 500
AT_ONCE = 500
SEED = 7


class Flood:
    """Who may write to Redis and to the database, and means no good."""

    def __init__(self, deployment: Deployment) -> None:
        self._house = deployment
        self._redis = deployment.services.redis
        self._mutator = Mutator(SEED)
        self.tried: Counter[str] = Counter()
        self.jobs = [self._open_job() for _ in range(300)]

    def _open_job(self, **columns: Any) -> tuple[str, str]:
        """Open a job that is changed only by events: it is not dispatched and not swept."""
        values = {"kind": "external", "published": True, "attempt": 1, "inputs": {}, "options": {}}
        with self._house.app.app_context(), writing() as db:
            owner = UserSession(user_id="tester")
            db.add(owner)
            db.flush()
            job = Job(session_id=owner.id, **(values | columns))
            db.add(job)
            db.flush()
            run = {"step": "script", "stage": "script", "engine": "external"}
            db.add(StageRun(job_id=job.id, revision=0, **run))
            return owner.id, job.id

    def strike(self) -> None:
        for count, what in (
            (EVENTS, self._add_event),
            (LIVE, self._publish),
            (ENTRIES, self._spoil_entry),
            (MESSAGES, self._send_message),
        ):
            for start in range(0, count, AT_ONCE):
                pipe = self._redis.pipeline(transaction=False)
                for number in range(start, min(start + AT_ONCE, count)):
                    what(pipe, number)
                pipe.execute(raise_on_error=False)
                self.tried[what.__name__.removeprefix("_")] += min(AT_ONCE, count - start)
        for _ in range(ROWS):
            self._insert_row()

    def _event(self, number: int) -> bytes:
        session_id, job_id = self.jobs[number % len(self.jobs)]
        text = json.dumps(self._mutator.event(session_id, job_id))
        return self._mutator.bytes(text)

    def _add_event(self, pipe: Any, number: int) -> None:
        odd = self._mutator
        entry = {"event": self._event(number), "percent": "5", "eta": "", "reference": ""}
        if number % 5 == 0:
            entry[("event", "percent", "eta", "reference")[number % 4]] = odd.bytes(odd.text())
        pipe.xadd(keys.EVENT_STREAM, entry, maxlen=200_000)

    def _publish(self, pipe: Any, number: int) -> None:
        head = (
            f"{number}-0|5||".encode()
            if number % 3
            else self._mutator.text().encode("utf-8", "replace")
        )
        pipe.publish(keys.LIVE, head + self._event(number))

    def _spoil_entry(self, pipe: Any, number: int) -> None:
        """Of a node, of a process, of a card, of a key that is read as a number."""
        odd = self._mutator
        text = odd.bytes(json.dumps(odd.value(), default=repr))
        name = (keys.NODES, keys.PROCESSES, keys.RUNNING_TASKS, keys.ALARMS, keys.gpu_memory("c"))[
            number % 5
        ]
        pipe.hset(name, f"odd-{number % 200}", text)
        pipe.set(keys.stop(self.jobs[number % len(self.jobs)][1]), text)

    def _send_message(self, pipe: Any, number: int) -> None:
        odd = self._mutator
        text = odd.bytes(json.dumps(odd.value(), default=repr))
        pipe.rpush("lite", text)
        pipe.publish("/0.celery.pidbox", text)

    def _insert_row(self) -> None:
        odd = self._mutator

        def anything() -> Any:
            return json.loads(json.dumps(odd.value(), default=repr))

        options = JobOptions(script="Hello.").to_dict() | {odd.text(): odd.text()}
        columns = {"kind": "pipeline", "published": False, "attempt": 0, "inputs": anything()}
        columns["options"] = anything() if self.tried["rows"] % 2 else options
        with suppress(RequestError):  # U+0000 does not reach the database
            self._open_job(**columns, cancel_requested_at=now() if self.tried["rows"] % 3 else None)
        self.tried["rows"] += 1


@pytest.mark.timeout(900)
def test_hostile_messages_end_no_process(deployment: Deployment) -> None:
    deployment.start_control()
    address = deployment.start_web()
    deployment.start_workers("lite")
    names = ("control", "web", "worker-0")
    processes = {name: deployment.process(name) for name in names}
    worker = processes["worker-0"].children(recursive=True)
    until(lambda: httpx.get(f"{address}/readyz").status_code == 200 or None, "it is ready", 60)
    flood = Flood(deployment)
    flood.strike()
    newest = deployment.services.redis.xrevrange(keys.EVENT_STREAM, count=1)[0][0]  # type: ignore[index]

    def read_on() -> bool:
        with deployment.app.app_context():
            return applied_position() >= newest

    until(read_on, "the controller has read all of it", 300)
    until(
        lambda: not deployment.services.redis.llen("lite") or None, "the worker took all of it", 120
    )
    # And now something good, by all of them: uploaded, dispatched, made, heard, ended.
    _, job_id = deployment.accept(script="One scene is enough.")
    deployment.services.bus.wake_controller()
    assert deployment.until_ended(job_id, 120).state == JobState.SUCCEEDED
    until(lambda: httpx.get(f"{address}/readyz").status_code == 200 or None, "it is ready", 60)
    deaths = {name: int(not process.is_running()) for name, process in processes.items()}
    deaths["pool"] = sum(not child.is_running() for child in worker)
    with deployment.app.app_context(), reading() as db:
        by_kind = select(DeadLetter.kind, func.count()).group_by(DeadLetter.kind)
        kept = {row[0]: row[1] for row in db.execute(by_kind)}
        of_rows = Job.state.in_(["queued", "running"]), Job.kind == "pipeline"
        still_open = db.scalar(select(func.count()).select_from(Job).where(*of_rows))
    print(f"\nhostile: {flood.tried.total():,} tried {dict(flood.tried)}; deaths {deaths}")
    print(f"dead letters kept {kept}; jobs of poisoned rows still open {still_open}")
    assert not any(deaths.values())
    assert kept.keys() <= set(KINDS)
    assert max(kept.values()) <= MOST_KEPT
    assert still_open == 0
