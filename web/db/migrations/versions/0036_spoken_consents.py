"""Checks of the recordings of consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consents") as table:
        table.add_column(
            sa.Column("verdict_state", sa.String(16), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("verdict_requests", sa.Integer, nullable=False, server_default="0")
        )
        table.add_column(sa.Column("verdict", sa.JSON, nullable=True))
        table.create_index("consents_by_verdict", ["verdict_state", "created_at"])


def downgrade() -> None:
    with op.batch_alter_table("consents") as table:
        table.drop_index("consents_by_verdict")
        for column in ("verdict", "verdict_requests", "verdict_state"):
            table.drop_column(column)
