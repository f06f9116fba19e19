"""Jobs that are paid for, without workers: what these would report is applied here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions, JobState
from tests.web.samples import picture
from web.accounts.models import Org, User
from web.audit.log import COMMAND_LINE
from web.billing import check, grants, ledger
from web.billing.grants import Change
from web.billing.ledger import Balance
from web.billing.models import Charge, ChargeLine
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import stage_runs, submission, transitions
from web.jobs.charging import Origin
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.models import Job, StageRun
from web.services import current_services
from web.sessions.models import Upload, UserSession

CREDIT = 1_000_000
SCRIPT = "One sentence that takes about two seconds."
PLAN = ("script", "face", "voice", "animate", "enhance", "assemble")
FAILURE = Failure("STAGE_ERROR", "It broke.", retryable=False)
USER = "usr_1"
OWNER = f"user:{USER}"


def open_account(user_id: str = USER, amount: float = 0.0) -> str:
    """A user with a session, a picture in it, and credits; the session."""
    session = f"session-of-{user_id}"
    face = current_services().artifacts.put_bytes(picture(), "image/png")
    with writing() as db:
        org = Org()
        db.add(org)
        db.flush()
        db.add(User(id=user_id, email=f"{user_id}@example.com", org_id=org.id, verified_at=now()))
        db.add(UserSession(id=session, user_id=user_id, owner=f"user:{user_id}"))
        db.flush()
        kept = {"sha256": face.sha256, "bytes": face.bytes, "media_type": face.media_type}
        db.add(Upload(session_id=session, kind="face", filename="face.png", **kept))
    if amount:
        give(amount, user_id)
    return session


def give(amount: float, user_id: str = USER, reference: str | None = None) -> Balance:
    change = Change(round(amount * CREDIT), "test", reference)
    return grants.grant(COMMAND_LINE, f"user:{user_id}", change)


def start(
    user_id: str = USER,
    *,
    key_id: str | None = None,
    quote_id: str | None = None,
    request: IdempotencyRequest | None = None,
    **options: Any,
) -> str:
    """What the API does with a start; the job."""
    taken = submission.start(
        current_services(),
        f"session-of-{user_id}",
        JobOptions(**({"script": SCRIPT} | options)),
        request=request,
        origin=Origin(key_id, quote_id),
    )
    return taken.job.id


def plan(job_id: str, engines: dict[str, str] | None = None) -> None:
    """Give a job another revision of its plan, with one scene."""
    named = dict.fromkeys(PLAN, "piper") | (engines or {})
    with writing() as db:
        job = db.get_one(Job, job_id)
        job.revision += 1
        job.attempt = max(job.attempt, 1)
        for stage in PLAN:
            scene = 0 if stage in ("voice", "animate", "enhance") else None
            step = stage if scene is None else f"{stage}.{scene}"
            kind = "simulated" if named[stage] == "simulated" else "lite"
            row = {"stage": stage, "scene": scene, "engine": named[stage], "kind": kind}
            db.add(StageRun(job_id=job_id, revision=job.revision, step=step, **row))


def complete(
    job_id: str,
    stages: Iterable[str] = PLAN,
    *,
    found: bool = False,
    facts: dict[str, Any] | None = None,
    seconds: float = 1.0,
) -> None:
    """Complete steps in the job's attempt; the job succeeds when all are done."""
    with writing() as db:
        job = db.get_one(Job, job_id)
        runs = {run.stage: run for run in _runs(db, job)}
        for stage in stages:
            stage_runs.complete(
                runs[stage],
                now(),
                **{"attempt": job.attempt, "worker": "w", "device": "", "found": found},
                **{"seconds": seconds, "artifact": f"a-{stage}", "facts": facts or {}},
            )
        if all(run.state == stage_runs.DONE for run in runs.values()):
            transitions.succeed(db, job, now())


def succeed(job_id: str, **how: Any) -> None:
    plan(job_id)
    complete(job_id, **how)


def fail(job_id: str) -> None:
    with writing() as db:
        transitions.fail(db, db.get_one(Job, job_id), FAILURE, now())


def cancel(job_id: str) -> None:
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, job_id), now())


def retry(job_id: str) -> None:
    submission.retry(current_services(), job_id)


def balance(owner: str = OWNER) -> Balance:
    with reading() as db:
        return ledger.balance(db, owner)


def charge(job_id: str, run: int = 0) -> Charge:
    with reading() as db:
        return db.get_one(Charge, (job_id, run))


def lines(job_id: str, run: int = 0) -> list[ChargeLine]:
    mine = select(ChargeLine).where(ChargeLine.job_id == job_id, ChargeLine.run == run)
    with reading() as db:
        return list(db.scalars(mine.order_by(ChargeLine.id)))


def state(job_id: str) -> JobState:
    with reading() as db:
        return JobState(db.get_one(Job, job_id).state)


def assert_sound() -> None:
    """Balances, entries and holds agree."""
    with reading() as db:
        assert check.differences(db) == []


def _runs(db: Any, job: Job) -> list[StageRun]:
    current = StageRun.job_id == job.id, StageRun.revision == job.revision
    return list(db.scalars(select(StageRun).where(*current)))
