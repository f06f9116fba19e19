"""What a start asks of the line is found by an index, however long the line is."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.create_index("jobs_in_flight", ["published", "state"])
        job.create_index("jobs_of_session", ["session_id", "state"])


def downgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.drop_index("jobs_of_session")
        job.drop_index("jobs_in_flight")
