"""Verdicts on pictures and recordings of libraries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_ITEMS, _CROPS = "library_item", "library_crop"


def upgrade() -> None:
    with op.batch_alter_table(_ITEMS) as table:
        table.add_column(
            sa.Column("verdict_state", sa.String(16), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("verdict_requests", sa.Integer, nullable=False, server_default="0")
        )
        table.add_column(sa.Column("verdict", sa.JSON, nullable=True))
        table.create_index("library_items_by_verdict", ["verdict_state", "created_at"])
    item = sa.ForeignKey(f"{_ITEMS}.id", ondelete="CASCADE")
    op.create_table(
        _CROPS,
        sa.Column("item_id", sa.String(40), item, primary_key=True),
        sa.Column("stem", sa.String(32), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
    )
    op.create_index("ix_library_crop_sha256", _CROPS, ["sha256"])


def downgrade() -> None:
    op.drop_table(_CROPS)
    with op.batch_alter_table(_ITEMS) as table:
        table.drop_index("library_items_by_verdict")
        for column in ("verdict", "verdict_requests", "verdict_state"):
            table.drop_column(column)
