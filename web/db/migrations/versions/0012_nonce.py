"""A repeated one-call start finds the id of its session again, which is kept nowhere.

Sessions from before keep their ids: those are recognised by how they look.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("idempotency_key") as key:
        key.add_column(sa.Column("nonce", sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("idempotency_key") as key:
        key.drop_column("nonce")
