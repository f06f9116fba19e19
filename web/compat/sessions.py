"""`ConcurrentSessionManager`: sessions for Python programs, by the names of the first design.

Programs with access to the database may give a session's id or its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from web.access import presented
from web.compat.standalone import ensure_app_context
from web.db.engine import reading
from web.jobs import report as job_reports
from web.services import Services, current_services
from web.sessions import lifecycle, names
from web.sessions.directories import SessionDirectory, directory_of
from web.sessions.limits import SessionLimits
from web.storage import retention, session_service


class ConcurrentSessionManager:
    """Opens, lists and ends sessions."""

    def __init__(
        self, services: Services | None = None, *, max_concurrent_sessions: int | None = None
    ) -> None:
        with ensure_app_context():
            self._services = services or current_services()
        limits = SessionLimits.of(self._services.settings)
        if max_concurrent_sessions is not None:
            limits = replace(limits, most=max_concurrent_sessions)
        self._limits = limits
        self.max_concurrent_sessions = limits.most

    def create_session(self, user_id: str) -> str:
        """Open a session and return its id; raises `SessionLimit` when the server is full."""
        session_id = names.new_id()
        with ensure_app_context():
            session_service.open_session(
                self._services, user_id, session_id=session_id, session_limits=self._limits
            )
        return session_id

    def get_session_isolation_path(self, session_id: str) -> Path:
        """Return the session's own directory."""
        with ensure_app_context(), reading() as db:
            name = lifecycle.find(db, presented.name(db, session_id)).id
        return self._directory(name).root

    @contextmanager
    def session(self, session_id: str) -> Iterator[SessionDirectory]:
        """Yield the directory of an active session; refuse an ended one."""
        with ensure_app_context(), reading() as db:
            user_session = lifecycle.find(db, presented.name(db, session_id))
            lifecycle.require_active(user_session)
        directory = self._directory(user_session.id)
        directory.make()
        yield directory

    def list_active_sessions(self) -> list[dict[str, Any]]:
        """List the active sessions under their names, oldest first."""
        with ensure_app_context():
            return session_service.active_sessions()

    def get_system_status(self) -> dict[str, Any]:
        """Return how many sessions are in use and how many may be."""
        with ensure_app_context():
            return session_service.usage(self._limits)

    def cleanup_session(self, session_id: str, force: bool = False) -> bool:
        """End a session and delete its files; without `force`, not while a job is open."""
        with ensure_app_context():
            with reading() as db:
                name = lifecycle.find(db, presented.name(db, session_id)).id
                if not force and job_reports.has_open_jobs(db, name):
                    return False
            session_service.delete_session(self._services, name)
        return True

    def _cleanup_expired_sessions(self) -> int:
        """End idle sessions now, as the controller does, and return the bytes that it freed."""
        with ensure_app_context():
            return retention.idle_sessions(self._services)

    def _directory(self, session_id: str) -> SessionDirectory:
        return directory_of(self._services.settings, session_id)
