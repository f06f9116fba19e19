"""Jobs, charges and budgets by project, and why an analysis could not be used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_UNIQUE = "budgets_owner_key_id_period_key"
"""The name that PostgreSQL gave the constraint; on SQLite it gets it here."""
_NAMES = {"uq": _UNIQUE}


def upgrade() -> None:
    op.add_column("job", sa.Column("project_id", sa.String(40), nullable=True))
    op.create_index("ix_job_project_id", "job", ["project_id"])
    op.add_column("video_projects", sa.Column("failure", sa.JSON, nullable=True))
    for table in ("charges", "charge_lines", "budgets"):
        empty = sa.Column("project_id", sa.String(40), nullable=False, server_default="")
        op.add_column(table, empty)
    with op.batch_alter_table("budgets", naming_convention=_NAMES) as budgets:
        budgets.drop_constraint(_UNIQUE, type_="unique")
        budgets.create_unique_constraint("budgets_of", ["owner", "key_id", "project_id", "period"])


def downgrade() -> None:
    op.execute("DELETE FROM budgets WHERE project_id <> ''")
    with op.batch_alter_table("budgets") as budgets:
        budgets.drop_constraint("budgets_of", type_="unique")
        budgets.create_unique_constraint(_UNIQUE, ["owner", "key_id", "period"])
        budgets.drop_column("project_id")
    for table in ("charge_lines", "charges"):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("project_id")
    with op.batch_alter_table("video_projects") as projects:
        projects.drop_column("failure")
    op.drop_index("ix_job_project_id", "job")
    with op.batch_alter_table("job") as job:
        job.drop_column("project_id")
