"""Rounds of a job: how often its user had it tried again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (("rounds", sa.Integer(), "0"),)


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        for name, kind, default in COLUMNS:
            job.add_column(sa.Column(name, kind, nullable=False, server_default=default))


def downgrade() -> None:
    with op.batch_alter_table("job") as job:
        for name, _, _ in COLUMNS:
            job.drop_column(name)
