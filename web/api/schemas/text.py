"""The field that all text comes in through."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from tasks.domain.text import find_forbidden, forbidden_message, normalise_newlines


class Text(fields.String):
    """Text as people write it: no lone surrogate, no control character but newline and tab."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return plain(text)


def plain(text: str) -> str:
    """The text with its line ends made equal; a `ValidationError` if it is none."""
    text = normalise_newlines(text)
    found = find_forbidden(text)
    if found is not None:
        raise ValidationError(forbidden_message(found))
    return text
