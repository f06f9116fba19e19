"""A history of jobs, written straight into the tables: what months of use leave there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, insert, literal, select
from sqlalchemy.orm import Session

from web.db.engine import writing
from web.jobs.models import Job, StageRun
from web.sessions.models import UserSession

SESSION: Final = "session-of-the-past"
SECONDS: Final = {"script": 1.0, "face": 2.0, "voice": 4.0, "animate": 60.0, "assemble": 8.0}
GPU: Final = ("sadtalker",)
ENGINES: Final = {
    "script": ("offline", "script"),
    "face": ("mediapipe", "sadtalker"),
    "voice": ("elevenlabs", "script"),
    "animate": ("sadtalker", "sadtalker"),
    "assemble": ("ffmpeg", "media"),
}


@dataclass(frozen=True, slots=True)
class Past:
    """Jobs of the past: one every so often, back from `until`."""

    jobs: int
    until: datetime
    every: timedelta
    owners: int = 50
    fail_each: int = 10
    wait_seconds: float = 5.0

    def write(self) -> list[str]:
        """Write them; the newest first. Return their ids."""
        ids = [f"{number:020x}" for number in range(self.jobs)]
        jobs = [self._job(number, job_id) for number, job_id in enumerate(ids)]
        with writing() as db:
            db.add(UserSession(id=SESSION, user_id="past", owner=SESSION))
            db.flush()
            for begin in range(0, self.jobs, 10_000):
                some = jobs[begin : begin + 10_000]
                db.execute(insert(Job.__table__), some)  # type: ignore[arg-type]
            for stage in SECONDS:
                _add_runs(db, stage)
        return ids

    def _job(self, number: int, job_id: str) -> dict[str, Any]:
        ended = self.until - number * self.every
        failed = number % self.fail_each == self.fail_each - 1
        dispatched = ended - timedelta(seconds=sum(SECONDS.values()))
        return {
            "id": job_id,
            "session_id": SESSION,
            "owner": f"visitor:{number % self.owners}",
            "title": "A job of the past",
            "options": {"script": "Hello."},
            "inputs": {},
            "revision": 1,
            "attempt": 1,
            "state": "failed" if failed else "succeeded",
            "error_code": "STAGE_FAILED" if failed else None,
            "created_at": dispatched - timedelta(seconds=self.wait_seconds),
            "dispatched_at": dispatched,
            "finished_at": ended,
            "result": None if failed else {"facts": {"duration": 10.0}},
        }


def _add_runs(db: Session, stage: str) -> None:
    """Add the run of a stage to every job, within the database: half a million are many to send."""
    engine, environment = ENGINES[stage]
    values: dict[str, Any] = {
        **{"job_id": Job.id, "revision": 1, "step": stage, "stage": stage, "engine": engine},
        **{"environment": environment, "kind": "real", "state": "done"},
        **{"seconds": SECONDS[stage], "device": "NVIDIA H200" if engine in GPU else "cpu"},
        **{"queued_at": Job.created_at, "finished_at": Job.finished_at, "attempt": 1, "size": 1.0},
        **{"found": False, "worker": "", "artifact": "", "facts": literal({}, JSON)},
    }
    plain = str | int | float | bool
    columns = [literal(v) if isinstance(v, plain) else v for v in values.values()]
    chosen = select(*columns).select_from(Job)
    db.execute(insert(StageRun).from_select(list(values), chosen, include_defaults=False))
