"""Open, list and end user sessions together with the files that belong to them."""

from __future__ import annotations

from typing import Any

from web.db.engine import reading
from web.events.publish import wake_controller
from web.jobs import report as job_reports
from web.jobs import submission
from web.services import Services
from web.sessions import lifecycle, limits, names
from web.sessions.directories import directory_of
from web.sessions.limits import SessionLimits
from web.sessions.models import UserSession
from web.storage import references, session_document


def open_session(
    services: Services,
    user_id: str,
    *,
    owner: str | None = None,
    org_id: str | None = None,
    opened_from: str = "",
    session_id: str | None = None,
    session_limits: SessionLimits | None = None,
) -> UserSession:
    """Open a session and create its directory.

    Limits and cached results belong to `owner`; without one, to the session itself.
    `opened_from` identifies the address that asked; it is empty for a program on this machine.
    Without a `session_id`, only operators and programs on this machine can use the session.
    """
    session_limits = session_limits or SessionLimits.of(services.settings)
    name = None if session_id is None else names.name_of(session_id)
    user_session = lifecycle.create(
        user_id, session_limits, owner, opened_from, name=name, org_id=org_id
    )
    directory_of(services.settings, user_session.id).make()
    session_document.write_session(services, user_session.id)
    return user_session


def active_sessions() -> list[dict[str, Any]]:
    """Describe the active sessions under their names, oldest first."""
    with reading() as db:
        return [
            {
                "session_id": user_session.id,
                "user_id": user_session.user_id,
                "created_at": user_session.created_at,
                "seen_at": user_session.seen_at,
                "storage_bytes": limits.used_bytes(db, user_session.id),
                "working": job_reports.has_open_jobs(db, user_session.id),
            }
            for user_session in lifecycle.active(db)
        ]


def usage(session_limits: SessionLimits) -> dict[str, Any]:
    """Return how many sessions are in use and how many may be."""
    with reading() as db:
        active = limits.count_in_use(db)
    return {
        "active_sessions": active,
        "max_sessions": session_limits.most,
        "system_healthy": active <= session_limits.most,
    }


def delete_session(services: Services, name: str) -> None:
    """End a session, cancel its jobs and delete its files.

    The controller deletes what the cancelled jobs still use.
    """
    submission.end_session(name)
    wake_controller(services)
    references.drop_session(services, name)
    directory_of(services.settings, name).remove()
