"""The cleanup route: a caller's own session, or, for operators, the whole system."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import request
from marshmallow import RAISE, Schema, fields

from web.access import presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.health import CleanupResult
from web.api.schemas.text import Text
from web.http.json_body import peek
from web.http.operators import guarded, is_operator
from web.services import current_services
from web.storage import retention
from web.storage.cleanup import Cleanup, CleanupPriority

cleanup = Blueprint("cleanup", __name__, description="Freeing storage and memory.")


class CleanupRequest(Schema):
    """The session to clean up; without one, the whole system."""

    class Meta:
        unknown = RAISE

    session_id = Text()
    emergency = fields.Boolean(load_default=False)


def _may_clean() -> bool:
    """Return whether the caller may clean up: operators everything, others their own session."""
    return isinstance(peek(request).get("session_id"), str) or is_operator()


@cleanup.post("/cleanup")
@cleanup.arguments(CleanupRequest)
@cleanup.doc(security=[{}, {"session": []}, {"bearer": []}])
@cleanup.response(200, CleanupResult)
@documented_errors(cleanup, 403, "OPERATORS_ONLY")
@documented_errors(cleanup, 404, "SESSION_NOT_FOUND")
@partial(guarded, check=_may_clean)
def clean(sent: dict[str, Any]) -> dict[str, Any]:
    """Free storage that is no longer needed, of one session or (operators) of the whole system"""
    manager = Cleanup(current_services())
    if "session_id" in sent:
        mine = partial(
            retention.of_session, current_services(), presented.session(sent["session_id"])
        )
        return manager.clean(CleanupPriority.LOW, [mine])
    return manager.emergency_cleanup() if sent["emergency"] else manager.force_cleanup()
