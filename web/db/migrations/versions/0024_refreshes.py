"""How often the tokens of a login were refreshed, and the newest of them that has arrived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("generation", "received"):
        op.add_column("logins", sa.Column(name, sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    for name in ("received", "generation"):
        op.drop_column("logins", name)
