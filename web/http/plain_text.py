"""Refuse requests with control or forbidden characters in the address or headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from flask import Flask, request

from tasks.domain.errors import RequestError, ValidationFailed
from tasks.domain.text import find_forbidden, forbidden_message
from web.errors import RouteNotFound

# Servers pass headers as Latin-1, so above ASCII there are bytes of UTF-8, not characters.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def register(app: Flask) -> None:
    """Check every request of an application."""
    app.before_request(_require_text)


def _require_text() -> None:
    if any(_CONTROL.search(str(value)) for value in (request.view_args or {}).values()):
        raise RouteNotFound  # no resource has such a name
    errors = list(_query_errors())
    if errors:
        raise ValidationFailed(errors=errors)
    for name, value in request.headers.items():
        if _CONTROL.search(value.replace("\t", " ")):
            raise RequestError(f"The header {name} contains a control character.")


def _query_errors() -> Iterator[dict[str, str]]:
    for name, value in request.args.items(multi=True):
        found = find_forbidden(name) or find_forbidden(value)
        if found is not None:
            yield {"field": name, "message": forbidden_message(found)}
