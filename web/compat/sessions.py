"""The sessions as a service for Python callers, by the names of the first design.

Programs that run with our database may say a session's id or its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from web.access import presented
from web.compat.standalone import ensure_app_context
from web.control import session_files
from web.db.engine import reading
from web.events.publish import wake_controller
from web.services import Services, current_services
from web.sessions import lifecycle, names, quota
from web.sessions.directories import SessionDirectory, directory_of
from web.sessions.limits import SessionLimits, count_in_use
from web.sessions.models import UserSession
from web.storage import references


class ConcurrentSessionManager:
    """Opens, lists and ends sessions."""

    def __init__(
        self, held: Services | None = None, *, max_concurrent_sessions: int | None = None
    ) -> None:
        with ensure_app_context():
            self._services = held or current_services()
        limits = SessionLimits.of(self._services.settings)
        if max_concurrent_sessions is not None:
            limits = replace(limits, most=max_concurrent_sessions)
        self._limits = limits
        self.max_concurrent_sessions = limits.most

    def create_session(self, user_id: str) -> str:
        """The id of a new session, or `SessionLimit`."""
        session_id = names.new_id()
        self.open(user_id, session_id=session_id)
        return session_id

    def open(
        self,
        user_id: str,
        owner: str | None = None,
        opened_from: str = "",
        session_id: str | None = None,
    ) -> UserSession:
        """Open a session; with an `owner`, its limits and cached results are that one's.

        `opened_from` names the address that asks for it; "" is a program of ours. Without a
        `session_id` no id opens it, and only operators and programs of ours reach it.
        """
        with ensure_app_context():
            name = None if session_id is None else names.name_of(session_id)
            user_session = lifecycle.create(user_id, self._limits, owner, opened_from, name=name)
            self._directory(user_session.id).make()
            session_files.write_session(self._services, user_session.id)
        return user_session

    def get_session_isolation_path(self, session_id: str) -> Path:
        """The directory that belongs to this session alone."""
        with ensure_app_context(), reading() as db:
            name = lifecycle.find(db, presented.name(db, session_id)).id
        return self._directory(name).root

    @contextmanager
    def session(self, session_id: str) -> Iterator[SessionDirectory]:
        """The only way to a session's files; an ended session has none to work on."""
        with ensure_app_context(), reading() as db:
            user_session = lifecycle.find(db, presented.name(db, session_id))
            lifecycle.require_active(user_session)
        directory = self._directory(user_session.id)
        directory.make()
        yield directory

    def list_active_sessions(self) -> list[dict[str, Any]]:
        """The oldest first, each under its name, with what it holds."""
        with ensure_app_context(), reading() as db:
            return [
                {
                    "session_id": user_session.id,
                    "user_id": user_session.user_id,
                    "created_at": user_session.created_at,
                    "seen_at": user_session.seen_at,
                    "storage_bytes": quota.used(db, user_session.id),
                    "working": lifecycle.has_open_jobs(db, user_session.id),
                }
                for user_session in lifecycle.active(db)
            ]

    def get_system_status(self) -> dict[str, Any]:
        """How many are in use and may be."""
        with ensure_app_context(), reading() as db:
            active = count_in_use(db)
        return {
            "active_sessions": active,
            "max_sessions": self.max_concurrent_sessions,
            "system_healthy": active <= self.max_concurrent_sessions,
        }

    def cleanup_session(self, session_id: str, force: bool = False) -> bool:
        """End a session and delete its files; without `force`, not while a job is at work."""
        with ensure_app_context(), reading() as db:
            name = lifecycle.find(db, presented.name(db, session_id)).id
            if not force and lifecycle.has_open_jobs(db, name):
                return False
        with ensure_app_context():
            lifecycle.end_session(name)
            wake_controller(
                self._services
            )  # control ends its jobs and deletes what those still hold
            references.drop_session(self._services, name)
        self._directory(name).remove()
        return True

    def _directory(self, session_id: str) -> SessionDirectory:
        return directory_of(self._services.settings, session_id)
