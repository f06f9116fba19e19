"""What the controller could not apply, for operators."""

from __future__ import annotations

import re
from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.dead_letters import LetterPage, LetterSearch, WholeLetter
from web.dead_letters import desk
from web.errors import DeadLetterNotFound
from web.http.operators import operators_only
from web.services import current_services

dead_letters = Blueprint(
    "dead letters", __name__, description="What the controller could not apply, for operators."
)


def _number(letter_id: str) -> int:
    """The id, unless no letter could have it."""
    if not re.fullmatch("[0-9]{1,10}", letter_id):
        raise DeadLetterNotFound
    return int(letter_id)


@dead_letters.get("/dead-letters")
@dead_letters.arguments(LetterSearch, location="query")
@dead_letters.response(200, LetterPage)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@operators_only
def listing(search: dict[str, Any]) -> dict[str, Any]:
    """List dead letters, the newest first"""
    found, more = desk.page(**search)
    return {"dead_letters": [desk.report(letter) for letter in found], "next_cursor": more}


@dead_letters.get("/dead-letters/<letter_id>")
@dead_letters.response(200, WholeLetter)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@documented_errors(dead_letters, 404, "DEAD_LETTER_NOT_FOUND")
@operators_only
def one(letter_id: str) -> dict[str, Any]:
    """Get a dead letter with what could not be applied"""
    return desk.report(desk.find(_number(letter_id)))


@dead_letters.post("/dead-letters/<letter_id>/retry")
@dead_letters.response(202, WholeLetter)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@documented_errors(dead_letters, 404, "DEAD_LETTER_NOT_FOUND")
@documented_errors(dead_letters, 409, "DEAD_LETTER_INCOMPLETE")
@operators_only
def retry(letter_id: str) -> dict[str, Any]:
    """Try a dead letter again; a job that failed over it gets another round"""
    return desk.report(desk.retry(current_services(), _number(letter_id)))


@dead_letters.delete("/dead-letters/<letter_id>")
@dead_letters.response(204)
@documented_errors(dead_letters, 403, "OPERATORS_ONLY")
@documented_errors(dead_letters, 404, "DEAD_LETTER_NOT_FOUND")
@operators_only
def drop(letter_id: str) -> None:
    """Delete a dead letter for good"""
    desk.drop(_number(letter_id))
