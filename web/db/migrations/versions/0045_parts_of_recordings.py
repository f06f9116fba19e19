"""What kept recordings are parts of, and two models as the packages of their providers say."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_ITEMS = "library_item"
_MODELS = sa.table(
    "provider_models",
    sa.column("id", sa.String),
    sa.column("name", sa.String),
    sa.column("ratios", sa.JSON),
)
_WIDE = ["16:9", "9:16"]
_CHANGES = (
    (
        "google/omni-flash-1.1",
        {"name": "gemini-omni-flash-1.1", "ratios": [*_WIDE, "1:1"]},
        {"name": "gemini-omni-1.1-flash", "ratios": _WIDE},
    ),
    (  # further ratios are for clips with a first frame only
        "runway/gen4.5",
        {"name": "gen4.5", "ratios": [*_WIDE, "1:1", "4:3", "3:4", "21:9"]},
        {"name": "gen4.5", "ratios": _WIDE},
    ),
)


def upgrade() -> None:
    with op.batch_alter_table(_ITEMS) as table:
        table.add_column(sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("cut_from", sa.JSON, nullable=True))
    for model_id, before, after in _CHANGES:
        _change(model_id, before, after)


def downgrade() -> None:
    for model_id, before, after in _CHANGES:
        _change(model_id, after, before)
    with op.batch_alter_table(_ITEMS) as table:
        table.drop_column("cut_from")
        table.drop_column("received_at")


def _change(model_id: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Change a model as a release brought it; what an operator has changed stays."""
    bind = op.get_bind()
    mine = _MODELS.c.id == model_id
    found = bind.execute(sa.select(_MODELS.c.name, _MODELS.c.ratios).where(mine)).first()
    if found is not None and found.name == before["name"]:
        ratios = after["ratios"] if found.ratios == before["ratios"] else found.ratios
        bind.execute(_MODELS.update().where(mine).values(name=after["name"], ratios=ratios))
