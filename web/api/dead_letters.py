"""The dead-letter routes, for operators: messages and events that could not be processed."""

from __future__ import annotations

import re
from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.dead_letters import DeadLetterDetails, DeadLetterPage, LetterSearch
from web.dead_letters import desk
from web.errors import DeadLetterNotFound
from web.http.operators import operators_only
from web.services import current_services

dead_letters = Blueprint(
    "dead letters",
    __name__,
    description="Messages and events that failed (operators).",
)


def _parse_id(letter_id: str) -> int:
    """Parse a letter's id; an id that no letter can have is not found."""
    if not re.fullmatch("[0-9]{1,10}", letter_id):
        raise DeadLetterNotFound
    return int(letter_id)


@dead_letters.get("/dead-letters")
@dead_letters.arguments(LetterSearch, location="query")
@dead_letters.response(200, DeadLetterPage)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@operators_only
def listing(search: dict[str, Any]) -> dict[str, Any]:
    """List dead letters, newest first"""
    letters, next_cursor = desk.page(**search)
    return {
        "dead_letters": [desk.report(letter) for letter in letters],
        "next_cursor": next_cursor,
        "dropped": desk.dropped(search.get("kind")),
    }


@dead_letters.get("/dead-letters/<letter_id>")
@dead_letters.response(200, DeadLetterDetails)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@documented_errors(dead_letters, 404, "DEAD_LETTER_NOT_FOUND")
@operators_only
def get_letter(letter_id: str) -> dict[str, Any]:
    """Get a dead letter and its payload"""
    return desk.report(desk.find(_parse_id(letter_id)))


@dead_letters.post("/dead-letters/<letter_id>/retry")
@dead_letters.response(202, DeadLetterDetails)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@documented_errors(dead_letters, 404, "DEAD_LETTER_NOT_FOUND")
@documented_errors(dead_letters, 409, "DEAD_LETTER_INCOMPLETE")
@operators_only
def retry(letter_id: str) -> dict[str, Any]:
    """Retry a dead letter; a job that failed because of it is retried too"""
    return desk.report(desk.retry(current_services(), _parse_id(letter_id)))


@dead_letters.delete("/dead-letters/<letter_id>")
@dead_letters.response(204)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@documented_errors(dead_letters, 404, "DEAD_LETTER_NOT_FOUND")
@operators_only
def drop(letter_id: str) -> None:
    """Delete a dead letter permanently"""
    desk.drop(_parse_id(letter_id))
