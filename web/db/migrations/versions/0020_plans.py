"""Users have a plan; those of today have the free one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    plan = sa.Column("plan", sa.String(16), nullable=False, server_default="free")
    with op.batch_alter_table("users") as users:
        users.add_column(plan)
        users.create_index("ix_users_plan", ["plan"])


def downgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_index("ix_users_plan")
        users.drop_column("plan")
