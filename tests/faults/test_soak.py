"""Many jobs, and a fault every few seconds: none is lost, none is done twice, none is stuck.

make soak ARGS="--soak-jobs 500 --soak-seconds 600 --soak-seed 7"
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import socketio
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config.stages import STAGES
from tasks.domain.events import EventType, id_order
from tasks.domain.job import JobState
from tasks.stage import StageCall
from tests.bench.report import percentile
from tests.bench.system import Caller
from tests.faults.estate import Estate, estate
from tests.faults.strikes import STRIKES, Strike
from tests.services.postgres import Postgres
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.database import reading
from web.models import Job, LedgerEvent, StageRun

OPEN_AT_ONCE = 10
CATCH_SECONDS = 20
WHOLE_SECONDS = 600
"""From here on every fault has to hit every stage."""
END_SECONDS = 240
SETTINGS = {"SIMULATION_SPEED": "0.004", "JOB_ATTEMPTS": "60", "LOG_LEVEL": "INFO"}

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


@dataclass
class Feeder:
    """Sends jobs, never too many at once, and remembers those that were answered 202."""

    caller: Caller
    wanted: int
    accepted: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, ends: Recorder) -> None:
        while not self.over.is_set() and len(self.accepted) < self.wanted:
            if len(self.accepted) - len(ends.ended) >= OPEN_AT_ONCE:
                time.sleep(0.05)
                continue
            try:
                self.accepted.append(self.caller.start(scenes=1))
            except (httpx.TransportError, AssertionError):
                time.sleep(0.2)  # not accepted: refused, or the door was shut


class Recorder:
    """A client of the session: everything it hears, over every reconnection."""

    def __init__(self, address: str, session_id: str) -> None:
        self.raw: list[dict[str, Any]] = []
        self.ended: set[str] = set()
        self._session_id, self._last = session_id, "0-0"
        self._client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=1)
        self._client.on("connect", self._subscribe)
        for kind in EventType:
            self._client.on(kind.value, self._hear)
        self._client.connect(address, transports=["websocket"], wait_timeout=10)

    def _subscribe(self) -> None:
        wish = {"session_id": self._session_id, "last_event_id": self._last}
        self._client.emit("subscribe_progress", wish, callback=self._answered)

    def _answered(self, answer: dict[str, Any]) -> None:
        if not answer["ok"]:  # a part is away: once more in a moment
            self._client.sleep(0.5)
            self._subscribe()

    def _hear(self, event: dict[str, Any]) -> None:
        self.raw.append(event)
        self._last = max(self._last, event["event_id"], key=id_order)
        if EventType(event["event_type"]).terminal:
            self.ended.add(event["job_id"])

    def once(self) -> list[dict[str, Any]]:
        """Without repeats of the same id."""
        return list({event["event_id"]: event for event in self.raw}.values())

    def close(self) -> None:
        self._client.disconnect()


@dataclass(frozen=True)
class Struck:
    """A fault that hit a stage at work."""

    fault: str
    call: StageCall
    at: float
    """By the wall clock, as event ids are."""


def test_soak(
    tmp_path: Path,
    redis_server: RedisServer,
    postgres: Postgres,
    postgres_url: str,
    pytestconfig: pytest.Config,
) -> None:
    jobs, seconds = (pytestconfig.getoption(f"soak_{name}") for name in ("jobs", "seconds"))
    seed = pytestconfig.getoption("soak_seed") or random.randrange(10**6)
    print(f"\nsoak: {jobs} jobs, {seconds} s, --soak-seed {seed}")
    random.seed(seed)
    with estate(tmp_path, redis_server, postgres, postgres_url, **SETTINGS) as place:
        caller = Caller(place.address)
        recorder = Recorder(place.address, caller.session_id)
        feeder = Feeder(caller, jobs)
        with _feeding(feeder, recorder):
            struck, missed = _strike(place, time.monotonic() + seconds, feeder)
            until(lambda: len(feeder.accepted) >= jobs or feeder.over.wait(0), "all are sent", 600)
        try:
            _until_ended(place, feeder.accepted)
            until(lambda: set(feeder.accepted) <= recorder.ended, "every end is heard", 60)
        finally:
            recorder.close()
            _tell(place, feeder.accepted, struck, recorder)
        _assert_kept(place, feeder.accepted, recorder)
        until(lambda: not _left(place), f"nothing is left in temp: {_left(place)}", 30)
    print(f"{len(missed)} cells of fault and stage were not hit")
    assert seconds < WHOLE_SECONDS or not missed, f"cells that no fault has hit: {missed}"


@contextmanager
def _feeding(feeder: Feeder, recorder: Recorder) -> Iterator[None]:
    thread = threading.Thread(target=feeder.run, args=(recorder,))
    thread.start()
    try:
        yield
    finally:
        feeder.over.set()
        thread.join()


def _strike(
    place: Estate, end: float, feeder: Feeder
) -> tuple[list[Struck], list[tuple[str, str]]]:
    """Every fault at every stage, in any order, and again from the beginning, until time is up."""
    struck: list[Struck] = []
    left: list[tuple[Strike, str]] = []
    every = set(product(STRIKES, STAGES))
    hit: set[tuple[Strike, str]] = set()
    while time.monotonic() < end and len(feeder.accepted) < feeder.wanted:
        left = left or random.sample(sorted(every, key=str), len(every))
        strike, stage = left.pop()
        try:
            node = until(lambda: place.at_work(stage), stage, CATCH_SECONDS)  # noqa: B023
        except TimeoutError:
            continue
        call = StageCall.from_task_id(node.doing)
        if call is None:
            continue
        struck.append(Struck(strike.__name__, call, time.time()))
        strike(place, node)
        hit.add((strike, stage))
        time.sleep(random.uniform(0.2, 1.5))
    return struck, sorted((strike.__name__, stage) for strike, stage in every - hit)


def _until_ended(place: Estate, accepted: list[str]) -> None:
    def ended() -> bool:
        try:
            with place.house.app.app_context(), reading() as session:
                states = session.execute(select(Job.id, Job.state)).all()
        except (SQLAlchemyError, redis.RedisError):
            return False
        assert set(accepted) <= {job_id for job_id, _ in states}, "an accepted job is not there"
        return all(JobState(state).terminal for _, state in states)

    until(ended, "every job ends", END_SECONDS)


def _assert_kept(place: Estate, accepted: list[str], recorder: Recorder) -> None:
    with place.house.app.app_context(), reading() as session:
        states = Counter(session.scalars(select(Job.state)))
        assert set(states) == {"succeeded"}, (states, _reasons(session))
        assert set(session.scalars(select(StageRun.state))) == {"done"}
        done = select(LedgerEvent).where(LedgerEvent.event_type == EventType.STAGE_COMPLETED.value)
        completed = Counter((e.job_id, e.payload["stage"]) for e in session.scalars(done))
    twice = {step: times for step, times in completed.items() if times != 1}
    assert not twice, f"completed more than once: {twice}"
    heard = recorder.once()
    ends = Counter(e["job_id"] for e in heard if EventType(e["event_type"]).terminal)
    assert set(ends) >= set(accepted)
    assert set(ends.values()) == {1}, "an end is told once"
    # What Redis forgot before the ledger had read it was never told, as far as anybody knows:
    # it is told again. Everything else comes once.
    known = _known_ids(place)
    again = Counter(
        (event["job_id"], event["stage"])
        for event in heard
        if event["event_type"] == "stage_completed" and event["event_id"] in known
    )
    assert set(again.values()) == {1}, [step for step, times in again.items() if times > 1]
    _assert_rising(heard)


def _known_ids(place: Estate) -> set[str]:
    with place.house.app.app_context(), reading() as session:
        ids = session.execute(select(LedgerEvent.milliseconds, LedgerEvent.sequence))
        return {f"{milliseconds}-{sequence}" for milliseconds, sequence in ids}


def _assert_rising(heard: Iterable[dict[str, Any]]) -> None:
    percents: dict[str, float] = {}
    for event in heard:
        job, percent = event["job_id"], event["progress_percent"]
        if job is not None:
            assert percent >= percents.get(job, 0.0), event
            percents[job] = percent


def _reasons(session: Any) -> list[Any]:
    failed = select(Job.id, Job.error_code, Job.error_message).where(Job.state != "succeeded")
    return list(session.execute(failed))


def _left(place: Estate) -> list[str]:
    state = place.house.settings
    folders = state.path("temp"), state.path("store", "tmp")
    return [str(path) for folder in folders if folder.is_dir() for path in folder.iterdir()]


def _tell(place: Estate, accepted: list[str], struck: list[Struck], recorder: Recorder) -> None:
    begun = sum(event["event_type"] == "stage_started" for event in recorder.once())
    with place.house.app.app_context(), reading() as session:
        steps = session.scalar(select(func.count()).select_from(StageRun))
        attempts = session.scalar(select(func.sum(Job.attempt - 1)))
        ends = {
            (row.job_id, row.stage, row.scene): row.finished_at
            for row in session.scalars(select(StageRun))
        }
    print(f"{len(accepted)} jobs, {len(struck)} faults, {attempts} more attempts,", end=" ")
    print(f"{begun - (steps or 0)} more stage runs than {steps} steps")
    print(f"{'fault':32} {'times':>5} {'recovery p50':>13} {'p99':>8}")
    for name in [strike.__name__ for strike in STRIKES]:
        took = [
            max(ended.timestamp() - one.at, 0.0)
            for one in struck
            if one.fault == name
            and (ended := ends.get((one.call.job_id, one.call.stage, one.call.scene)))
        ]
        if took:
            p50, p99 = statistics.median(took), percentile(took, 0.99)
            print(f"{name:32} {len(took):5} {p50:11.1f} s {p99:6.1f} s")
