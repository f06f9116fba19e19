"""Keep NUL out of the database: PostgreSQL refuses it, and SQLite and C end a text there.

Entry points refuse it with the field's name. What comes from elsewhere, such as the metadata of a
file or the answer of a provider, is refused here at the latest, on both databases alike.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from sqlalchemy import Engine, ExceptionContext, event

from tasks.domain import strict_json
from tasks.domain.errors import RequestError
from tasks.domain.text import forbidden_message

log = logging.getLogger(__name__)

NUL: Final = strict_json.NUL


def guard(engine: Engine) -> None:
    """Refuse statements with NUL in a parameter."""
    event.listen(engine, "before_cursor_execute", _check)
    event.listen(engine, "handle_error", _unwrap, retval=True)


def dumps(value: Any) -> str:
    """Write the JSON of a column; its escapes would hide NUL from the check of parameters."""
    text = json.dumps(value)
    if strict_json.field_with_nul(text, value) is not None:
        _refuse()
    return text


def _check(
    _connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    if _has_nul(parameters):
        _refuse()


def _has_nul(parameters: Any) -> bool:
    """Whether a parameter, or one of a row, of many rows or of rows in one statement has NUL."""
    if isinstance(parameters, str):
        return NUL in parameters
    if isinstance(parameters, Mapping):
        return any(map(_has_nul, parameters.values()))
    return isinstance(parameters, list | tuple) and any(map(_has_nul, parameters))


def _unwrap(context: ExceptionContext) -> BaseException | None:
    """Return the refusal of `dumps`, which SQLAlchemy would wrap as an error of its own."""
    original = context.original_exception
    return original if isinstance(original, RequestError) else None


def _refuse() -> NoReturn:
    log.warning("text with U+0000 kept from the database")
    raise RequestError(forbidden_message("U+0000"))
