"""Whether the notes of a purchase still lie in the store, beside the clips of deleted jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("provider_calls") as table:
        table.add_column(sa.Column("noted", sa.Boolean, nullable=False, server_default=sa.true()))
        table.create_index("provider_calls_noted", ["noted", "finished_at"])


def downgrade() -> None:
    with op.batch_alter_table("provider_calls") as table:
        table.drop_index("provider_calls_noted")
        table.drop_column("noted")
