"""A claim has a column of its own; `retry_at` is the end of a back-off and nothing else.

A claim that stands during the migration is told from a back-off by what a back-off leaves
behind: a failure, or the wait for a worker. A wrong guess costs at most ten seconds, because
both columns mean "not before".
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE job SET claimed_until = retry_at, retry_at = NULL"
        " WHERE state IN ('queued', 'running') AND published = false AND retry_at IS NOT NULL"
        " AND attempt > 0 AND failures = 0 AND waiting_since IS NULL"
    )


def downgrade() -> None:
    op.execute("UPDATE job SET retry_at = claimed_until WHERE claimed_until IS NOT NULL")
    with op.batch_alter_table("job") as job:
        job.drop_column("claimed_until")
