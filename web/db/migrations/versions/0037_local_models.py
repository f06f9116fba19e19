"""Clip models that workers run themselves, on a CPU and without a key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_PROVIDER: dict[str, Any] = {
    "name": "local",
    "title": "Local models",
    "wire": "local",
    "base_url": "",
    "hosts": [],
    "enabled": True,
    "spoken_live": True,
    "added_by": "release",
}
_SHARED: dict[str, Any] = {
    "provider": "local",
    "durations": [1.0, 60.0],
    "any_duration": True,
    "ratios": ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"],
    "resolutions": ["720p", "360p", "480p", "1080p"],
    "prompt_limit": 5000,
    "price_micro": 0,
    "price_checked": None,
    "expected_seconds": 8.0,
    "a_minute": 0,
    "at_once": 0,
    "licence": "Apache-2.0",
    "commercial_use": True,
    "excluded_regions": [],
    "released_on": None,
    "deprecated_on": None,
    "closed_on": None,
    "replacement": "",
    "added_by": "release",
    "added_at": datetime(2026, 11, 30, tzinfo=UTC),
}
_MODELS: list[dict[str, Any]] = [
    _SHARED
    | {
        "id": "local/camera-moves",
        "name": "camera-moves",
        "title": "Camera moves",
        "aliases": ["Ken Burns"],
        "takes": ["text", "first_frame"],
        "quality": 1,
        "note": "lite: a camera moves over the picture, or over a painted background.",
    },
    _SHARED
    | {
        "id": "local/parallax",
        "name": "parallax",
        "title": "Parallax",
        "aliases": [],
        "takes": ["first_frame"],
        "quality": 2,
        "note": "lite: a person in the picture moves before the background.",
    },
]


def upgrade() -> None:
    op.bulk_insert(_table("providers", _PROVIDER), [_PROVIDER])
    op.bulk_insert(_table("provider_models", _MODELS[0]), _MODELS)


def downgrade() -> None:
    models = sa.table("provider_models", sa.column("provider"))
    op.execute(models.delete().where(models.c.provider == "local"))
    providers = sa.table("providers", sa.column("name"))
    op.execute(providers.delete().where(providers.c.name == "local"))


def _table(name: str, row: dict[str, Any]) -> sa.TableClause:
    """Describe a table by a row of it, with the types that need a conversion."""
    kinds: dict[type, Any] = {list: sa.JSON, datetime: sa.DateTime(timezone=True)}
    return sa.table(name, *(sa.column(key, kinds.get(type(value))) for key, value in row.items()))
