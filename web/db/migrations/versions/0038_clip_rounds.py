"""Rounds of clips that are retried, and the price of drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("provider_calls") as table:
        table.add_column(sa.Column("round", sa.Integer, nullable=False, server_default="0"))
    with op.batch_alter_table("provider_models") as table:
        table.add_column(sa.Column("draft_price_micro", sa.BigInteger, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("provider_models") as table:
        table.drop_column("draft_price_micro")
    with op.batch_alter_table("provider_calls") as table:
        table.drop_column("round")
