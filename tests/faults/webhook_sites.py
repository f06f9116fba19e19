"""What tests of whole systems need for webhooks: a user, webhooks, and jobs that end."""

from __future__ import annotations

from collections.abc import Sequence

from tests.deployment import Deployment
from web.accounts import registration
from web.accounts.models import owner_of
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import writing
from web.jobs import transitions
from web.jobs.models import Job
from web.sessions.models import UserSession
from web.webhooks import registry


def add_user(deployment: Deployment) -> str:
    """A user with a verified address."""
    with deployment.app.app_context(), writing() as db:
        user = registration.create(db, "ada@example.com")
        user.verified_at = now()
        return user.id


def add_webhooks(deployment: Deployment, user_id: str, urls: Sequence[str]) -> list[str]:
    with deployment.app.app_context():
        actor = Actor(owner_of(user_id))
        return [registry.create(deployment.services, actor, user_id, url).row.id for url in urls]


def add_jobs(deployment: Deployment, user_id: str, number: int) -> list[str]:
    """Jobs that nothing runs."""
    owner = owner_of(user_id)
    with deployment.app.app_context(), writing() as db:
        session = UserSession(user_id="ada", owner=owner)
        db.add(session)
        db.flush()
        # Run by their caller: the controller leaves them alone.
        jobs = [
            Job(
                session_id=session.id,
                kind="external",
                options={},
                inputs={},
                owner=owner,
                published=True,
            )
            for _ in range(number)
        ]
        db.add_all(jobs)
        db.flush()
        return [job.id for job in jobs]


def end(deployment: Deployment, job_id: str) -> None:
    """End a job, as the controller does on request."""
    with deployment.app.app_context():
        with writing() as db:
            transitions.cancel(db, db.get_one(Job, job_id), now())
        deployment.services.bus.wake_controller()
