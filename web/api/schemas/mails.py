"""The schema of the kinds of mails that a person wants."""

from __future__ import annotations

from typing import Final

from marshmallow import RAISE, Schema, fields

from web.notifications.kinds import CHOICES, REASONS


class _Choices(Schema):
    """Which mails a person receives."""

    class Meta:
        unknown = RAISE


MailChoices: Final = _Choices.from_dict(
    {
        kind: fields.Boolean(
            truthy={True},
            falsy={False},
            metadata={"description": f"Mails when {REASONS[kind]}; {str(on).lower()} at first."},
        )
        for kind, on in CHOICES.items()
    },
    name="MailChoices",
)
