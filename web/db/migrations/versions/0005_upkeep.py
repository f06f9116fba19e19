"""The request that a job came from, and whether somebody has fetched an output."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("request_id", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("output") as output:
        output.add_column(sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("output") as output:
        output.drop_column("fetched_at")
    with op.batch_alter_table("job") as job:
        job.drop_column("request_id")
