"""From which address a session was opened, as a pseudonym: empty ones are limited by address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.add_column(
            sa.Column("opened_from", sa.String(32), nullable=False, server_default="")
        )
        session.create_index("ix_session_opened_from", ["opened_from"])


def downgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.drop_index("ix_session_opened_from")
        session.drop_column("opened_from")
