"""Plans that are revised, and what jobs wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
        job.add_column(sa.Column("waiting_for", sa.Text(), nullable=True))
        job.add_column(sa.Column("given_up", sa.JSON(), nullable=False, server_default="[]"))
        job.add_column(sa.Column("height", sa.Integer(), nullable=True))
    with op.batch_alter_table("plan_revision") as plan:
        plan.add_column(sa.Column("why", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("plan_revision") as plan:
        plan.drop_column("why")
    with op.batch_alter_table("job") as job:
        for name in ("height", "given_up", "waiting_for", "waiting_since"):
            job.drop_column(name)
