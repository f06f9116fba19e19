"""When tokens of other issuers count again, and an index for the search of addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("tokens_from", sa.DateTime(timezone=True), nullable=True))
    # In a bytewise order; the unique index has that of the database's language.
    op.create_index(
        "users_by_email", "users", ["email"], postgresql_ops={"email": "varchar_pattern_ops"}
    )


def downgrade() -> None:
    op.drop_index("users_by_email", "users")
    op.drop_column("users", "tokens_from")
