"""Everything that an account owns: exported, stopped and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.accounts import administration, api_keys, plans, profile, reports
from web.accounts.models import owner_of
from web.audit.log import Actor
from web.billing import reports as billing_reports
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.publish import wake_controller
from web.images import listing
from web.images.models import LibraryItem
from web.jobs import feedback, queue, transitions
from web.jobs import report as job_reports
from web.jobs.models import Job
from web.providers import retention
from web.services import Services
from web.sessions import files
from web.sessions import limits as session_limits
from web.sessions.models import UserSession
from web.sessions.upload_reports import upload_report
from web.storage import references, session_service
from web.trust import consents

Export = Callable[[Session, str], Any]
Forget = Callable[[Session, str], None]
_declared: Final[dict[str, tuple[Export, Forget]]] = {}


def declare(name: str, export: Export, forget: Forget) -> None:
    """Let a domain above export and delete what an owner has; called once, beside its tables."""
    _declared[name] = export, forget


def export(user_id: str) -> dict[str, Any]:
    """Return everything that is stored about a user; the files have links of their own."""
    with reading() as db:
        owner = owner_of(user_id)
        return {
            **profile.export(db, user_id),
            "credits": billing_reports.everything(db, owner),
            "sessions": [_session(db, one) for one in _sessions(db, owner)],
            "images": [listing.entry(item) for item in listing.of_owner(db, owner, "face")],
            "voices": [listing.entry(item) for item in listing.of_owner(db, owner, "voice")],
            "consents": consents.export(db, owner),
            "provider_calls": retention.export(db, owner),
            **{name: more(db, owner) for name, (more, _) in _declared.items()},
        }


def limits_and_usage(services: Services, user_id: str) -> dict[str, Any]:
    """Return what the plan of a user allows, and how much of it is in use."""
    owner = owner_of(user_id)
    with reading() as db:
        plan = plans.of_owner(db, services.settings, owner)
        limits = reports.limits(plan) | {"jobs": plans.job_limit(db, services.settings, owner)}
        usage = {
            "jobs": queue.open_jobs(db, owner),
            "storage_bytes": session_limits.owned_bytes(db, owner),
            "api_keys": api_keys.count(db, user_id),
        }
    return {"limits": limits, "usage": usage}


def remove(services: Services, actor: Actor, user_id: str) -> None:
    """Delete a user with everything; open jobs are cancelled, the sweep deletes their files."""
    with reading() as db:
        names = [session.id for session in _sessions(db, owner_of(user_id))]
    for name in names:
        session_service.delete_session(services, name)
    references.drop_items(services, LibraryItem.owner == owner_of(user_id))
    with writing() as db:
        consents.forget(db, owner_of(user_id))
        for _, forget in _declared.values():
            forget(db, owner_of(user_id))
        profile.delete_user(db, actor, user_id)


def suspend(services: Services, actor: Actor, user_id: str) -> int:
    """Suspend a user: tokens end and open jobs are cancelled; return how many."""
    with writing() as db:
        administration.suspend(db, actor, user_id)
        mine = Job.owner == owner_of(user_id)
        jobs = list(db.scalars(select(Job).where(Job.is_open, mine)))
        for job in jobs:
            transitions.request_cancel(job, now())
    wake_controller(services)
    return len(jobs)


def _sessions(db: Session, owner: str) -> list[UserSession]:
    mine = select(UserSession).where(UserSession.owner == owner)
    return list(db.scalars(mine.order_by(UserSession.created_at)))


def _session(db: Session, session: UserSession) -> dict[str, Any]:
    jobs = select(Job).where(Job.session_id == session.id).order_by(Job.created_at)
    return {
        "name": session.id,
        "user_id": session.user_id,
        "created_at": session.created_at,
        "ended_at": session.ended_at,
        "uploads": [upload_report(upload) for upload in files.uploads(db, session.id)],
        "jobs": [_job(db, job) for job in db.scalars(jobs)],
        "outputs": [files.listed(output) for output in files.outputs(db, session.id)],
    }


def _job(db: Session, job: Job) -> dict[str, Any]:
    given = {"feedback": feedback.find(db, job.id)}
    return job_reports.summary(job) | {"options": job.options} | given
