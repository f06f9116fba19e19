"""The database says which older versions of Callsheet work with its tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "schema_support", sa.Column("revision", sa.String(32), primary_key=True)
    )
    op.bulk_insert(table, [{"revision": revision}])


def downgrade() -> None:
    op.drop_table("schema_support")
