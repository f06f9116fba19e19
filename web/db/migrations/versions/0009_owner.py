"""Limits, turns and cached results belong to a session's owner, not to a claimed user name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.add_column(sa.Column("owner", sa.String(80), nullable=True))
    op.execute("UPDATE session SET owner = id")
    with op.batch_alter_table("session") as session:
        session.alter_column("owner", existing_type=sa.String(80), nullable=False)
        session.create_index("ix_session_owner", ["owner"])
    # Keys of one-call starts were scoped to a claimed user: no later request may meet them.
    op.execute("DELETE FROM idempotency_key WHERE scope LIKE 'user:%'")


def downgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.drop_index("ix_session_owner")
        session.drop_column("owner")
