"""A local model that lets the person in a picture speak to the camera."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_MODEL: dict[str, Any] = {
    "id": "local/talking-head",
    "provider": "local",
    "name": "talking-head",
    "title": "Talking head",
    "aliases": ["Speaks to camera"],
    "takes": ["first_frame", "speech"],
    "durations": [1.0, 60.0],
    "any_duration": True,
    "ratios": ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"],
    "resolutions": ["720p", "360p", "480p", "1080p"],
    "prompt_limit": 5000,
    "price_micro": 0,
    "price_checked": None,
    "quality": 3,
    "expected_seconds": 20.0,
    "a_minute": 0,
    "at_once": 0,
    "licence": "Apache-2.0",
    "commercial_use": True,
    "excluded_regions": [],
    "released_on": None,
    "deprecated_on": None,
    "closed_on": None,
    "replacement": "",
    "note": "lite: the person in the picture says `speech` to the camera.",
    "added_by": "release",
    "added_at": datetime(2026, 11, 30, tzinfo=UTC),
}


def upgrade() -> None:
    kinds: dict[type, Any] = {list: sa.JSON, datetime: sa.DateTime(timezone=True)}
    columns = (sa.column(key, kinds.get(type(value))) for key, value in _MODEL.items())
    op.bulk_insert(sa.table("provider_models", *columns), [_MODEL])


def downgrade() -> None:
    models = sa.table("provider_models", sa.column("id"))
    op.execute(models.delete().where(models.c.id == _MODEL["id"]))
