"""Answers that say more to operators than to everybody: one route, one schema, two audiences.

A field with `**FOR_OPERATORS` is left out of an answer to anybody else. What is not marked says
how many and what there is, never who or where: no task, name, address, path or version.
"""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, has_request_context, request
from marshmallow import Schema, post_dump

_MARK: Final = "x-for-operators"
_KNOWN: Final = "callsheet.asked_by_operator"


def for_operators(description: str = "For operators.") -> dict[str, Any]:
    """Keyword arguments of a field that only operators are told."""
    return {"metadata": {_MARK: True, "description": description}}


class PartlyForOperators(Schema):
    """A schema some of whose fields only operators are told."""

    @post_dump
    def _leave_out(self, told: dict[str, Any], **_: Any) -> dict[str, Any]:
        if _asked_by_operator():
            return told
        hidden = {f.data_key or n for n, f in self.fields.items() if f.metadata.get(_MARK)}
        return {name: value for name, value in told.items() if name not in hidden}


def _asked_by_operator() -> bool:
    """Looked up once a request; outside of requests nobody asks."""
    if not has_request_context():
        return False
    known = request.environ.get(_KNOWN)
    if known is None:
        known = request.environ[_KNOWN] = bool(current_app.extensions["is_operator"]())
    return bool(known)
