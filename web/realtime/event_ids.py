"""The id of the last event that a client has received."""

from __future__ import annotations

import re

from tasks.domain.errors import ValidationFailed

_EVENT_ID = re.compile(r"\d{1,16}(-\d{1,9})?", re.ASCII)


def event_id(given: object) -> str | None:
    """Parse the last event id that a client has received, if given."""
    if given is None or given == "":
        return None
    if isinstance(given, str) and _EVENT_ID.fullmatch(given):
        return given
    message = "Not a valid event id."
    raise ValidationFailed(errors=[{"field": "last_event_id", "message": message}])
