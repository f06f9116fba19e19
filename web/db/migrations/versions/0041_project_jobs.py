"""Jobs and charges by project, and why an analysis could not be used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("project_id", sa.String(40), nullable=True))
    op.create_index("ix_job_project_id", "job", ["project_id"])
    op.add_column("video_projects", sa.Column("failure", sa.JSON, nullable=True))
    for table in ("charges", "charge_lines"):
        empty = sa.Column("project_id", sa.String(40), nullable=False, server_default="")
        op.add_column(table, empty)


def downgrade() -> None:
    for table in ("charge_lines", "charges"):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("project_id")
    with op.batch_alter_table("video_projects") as projects:
        projects.drop_column("failure")
    op.drop_index("ix_job_project_id", "job")
    with op.batch_alter_table("job") as job:
        job.drop_column("project_id")
