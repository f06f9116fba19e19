"""The field type for all text in requests."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import ValidationError, fields

from tasks.domain.text import find_forbidden, forbidden_message, normalise_newlines

WITHOUT_NUL: Final = r"^[^\u0000]*$"
_LINE: Final = r"[^\u0000-\u0008\u000a-\u001f\u007f-\u009f]*"
ONE_LINE: Final = rf"\A(?=.*\S){_LINE}\Z"
"""A line with more than spaces."""


class Text(fields.String):
    """Text without lone surrogates and without control characters other than newline and tab."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return plain(text)


def plain(text: str) -> str:
    """Normalise line ends; raise `ValidationError` for forbidden characters."""
    text = normalise_newlines(text)
    found = find_forbidden(text)
    if found is not None:
        raise ValidationError(forbidden_message(found))
    return text


class Secret(fields.String):
    """Text that is compared but never stored, shown or spoken, such as a password."""
