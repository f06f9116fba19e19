"""Schemas with fields that only operators get: one route, one schema, two audiences.

A field with `**for_operators()` is left out of the answer to everyone else. Unmarked fields say
what there is and how many, but never a task, name, address, path or version.
"""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, has_request_context, request
from marshmallow import Schema, post_dump

_MARK: Final = "x-for-operators"
_KNOWN: Final = "callsheet.asked_by_operator"


def for_operators(description: str = "For operators.") -> dict[str, Any]:
    """Return the keyword arguments of a field that only operators get."""
    return {"metadata": {_MARK: True, "description": description}}


class PartlyForOperators(Schema):
    """A schema with some fields that only operators get."""

    @post_dump
    def _remove_operator_fields(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if _is_for_operator():
            return data
        hidden = {f.data_key or n for n, f in self.fields.items() if f.metadata.get(_MARK)}
        return {name: value for name, value in data.items() if name not in hidden}


def _is_for_operator() -> bool:
    """Whether this request comes from an operator, checked once per request."""
    if not has_request_context():
        return False
    known = request.environ.get(_KNOWN)
    if known is None:
        known = request.environ[_KNOWN] = bool(current_app.extensions["is_operator"]())
    return bool(known)
