"""The field type for whole numbers in JSON bodies."""

from __future__ import annotations

from typing import Any

from marshmallow import fields


class WholeNumber(fields.Integer):
    """A whole number. As in JSON Schema, `5.0` is one; `5.5` and `"5"` are not."""

    def __init__(self, **more: Any) -> None:
        super().__init__(strict=True, **more)

    def _validated(self, value: Any) -> int:
        return super()._validated(int(value) if _is_whole(value) else value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()
