"""Schemas with fields that only operators get: one route, one schema, two audiences.

A field with `**for_operators()` is left out of the answer to everyone else. Unmarked fields say
what there is and how many, but never a task, name, address, path or version.
"""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, post_dump

from web.api.schemas.text import Text
from web.http.audience import is_for_operator

_MARK: Final = "x-for-operators"


def for_operators(description: str = "For operators.") -> dict[str, Any]:
    """Return the keyword arguments of a field that only operators get."""
    return {"metadata": {_MARK: True, "description": description}}


class PartlyForOperators(Schema):
    """A schema with some fields that only operators get."""

    @post_dump
    def _remove_operator_fields(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if is_for_operator():
            return data
        hidden = {f.data_key or n for n, f in self.fields.items() if f.metadata.get(_MARK)}
        return {name: value for name, value in data.items() if name not in hidden}


class WorkerName(Text):
    """The name of a worker, `ENVIRONMENT@HOST.PID`; other callers get the environment only."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        name = super()._serialize(value, attr, obj, **kwargs)
        return name if name is None or is_for_operator() else str(name).partition("@")[0]
