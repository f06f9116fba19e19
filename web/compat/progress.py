"""`RealtimeProgressManager`: subscribe to and report progress from Python programs."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from flask import Flask

from tasks.domain.errors import ValidationFailed
from web.access import presented
from web.compat.standalone import application
from web.db.engine import reading
from web.events.hub import Hub, Slots
from web.events.mailbox import Interrupted, Mailbox, open_mailbox
from web.events.process_hub import open_hub
from web.jobs import external
from web.realtime.snapshot import snapshot
from web.services import Services
from web.sessions import names

log = logging.getLogger(__name__)


class ProgressEvent(dict[str, Any]):
    """An event whose fields can be read as attributes and as keys."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


Callback = Callable[[ProgressEvent], None]

LISTENERS = 1000
CHECK_SECONDS = 0.5


class RealtimeProgressManager:
    """Subscribes callbacks to the events of sessions, and reports progress of external work.

    `app` comes from `web.app.create_app`; without one, an application is created. A session may
    be given by its id or its name. Stages may be given by their names of the first design
    (`voice_cloning`) or by today's (`voice`); events carry today's.
    """

    def __init__(self, app: Flask | None = None) -> None:
        self._app = app = app or application()
        self._services: Services = app.extensions["callsheet"]
        self._lock = threading.Lock()
        self._hub: Hub | None = app.extensions.get("hub")
        self._open: dict[str, ExitStack] = {}

    # --- subscribing -------------------------------------------------------------------

    def subscribe_to_session(self, session_id: str, callback: Callback) -> str:
        """Call back with every new event of a session, in order; return a subscription id.

        Callbacks of one subscription run one after another in a thread of their own.
        """
        subscription_id = secrets.token_hex(8)
        resources = ExitStack()
        with self._app.app_context():
            session = _name(session_id)
            after = snapshot(session)["last_event_id"]
            mailbox = open_mailbox(self._open_hub(), session, after, "", resources)
        deliver = partial(_deliver, callback, session, session_id)
        stop_event = threading.Event()
        resources.callback(stop_event.set)
        with self._lock:
            self._open[subscription_id] = resources
        threading.Thread(
            target=_call_back, args=(mailbox, deliver, stop_event), name="subscription", daemon=True
        ).start()
        return subscription_id

    def unsubscribe(self, subscription_id: str) -> bool:
        """End a subscription; return False if there was none with that id."""
        with self._lock:
            resources = self._open.pop(subscription_id, None)
        if resources is None:
            return False
        resources.close()
        return True

    def get_session_progress(self, session_id: str) -> dict[str, Any]:
        """Return the session's `jobs` with state and percent, and their `last_event_id`."""
        with self._app.app_context():
            session = _name(session_id)
            picture: dict[str, Any] = names.told(snapshot(session), session, session_id)
            return picture

    # --- reporting ---------------------------------------------------------------------

    def start_stage(
        self, session_id: str, stage: str, estimated_duration: float, job_id: str | None = None
    ) -> str:
        """Report a stage's start in the session's open job or a new external one; return its id."""
        with self._app.app_context():
            at = external.begin(self._services, _name(session_id), stage, job_id)
            external.started(self._services, at, estimated_duration)
            return at.job_id

    def update_stage_progress(
        self,
        session_id: str,
        stage: str,
        progress_percent: float,
        message: str = "",
        job_id: str | None = None,
    ) -> None:
        """Report a stage's progress in percent of the stage."""
        if not 0 <= progress_percent <= 100:
            error = {"field": "progress_percent", "message": "Must be from 0 to 100."}
            raise ValidationFailed(errors=[error])
        with self._app.app_context():
            at = external.find(_name(session_id), stage, job_id)
            external.progressed(self._services, at, progress_percent / 100, message)

    def complete_stage(
        self,
        session_id: str,
        stage: str,
        success: bool = True,
        message: str = "",
        job_id: str | None = None,
    ) -> None:
        """Report a stage's end. A failed stage fails the job; `final_assembly` completes it."""
        with self._app.app_context():
            at = external.find(_name(session_id), stage, job_id)
            end = external.succeeded if success else external.failed
            end(self._services, at, message)

    def _open_hub(self) -> Hub:
        """Return the hub of this process; open one in a program that has none."""
        with self._lock:
            if self._hub is None:
                self._hub = open_hub(self._app, self._services, Slots(LISTENERS))
                self._app.extensions["hub"] = self._hub
            return self._hub


def _name(session_id: str) -> str:
    with reading() as db:
        return presented.name(db, session_id)


def _deliver(callback: Callback, session: str, session_id: str, event: dict[str, Any]) -> None:
    """Call back with the session id that the program has subscribed with."""
    callback(ProgressEvent(names.told(event, session, session_id)))


def _call_back(
    mailbox: Mailbox, callback: Callable[[dict[str, Any]], None], stop_event: threading.Event
) -> None:
    while not stop_event.is_set():
        try:
            message = mailbox.get(CHECK_SECONDS)
        except Interrupted as why:
            log.warning("subscription ended", extra={"reason": str(why)})
            return
        if message is None or stop_event.is_set():
            continue
        try:
            callback(message.payload)
        except Exception:  # the callback may raise anything
            log.exception("progress callback failed")
