"""Previews of uploads and whether they were scanned; consent and expiry of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SHOWS = "upload_shows_id_fkey"


def upgrade() -> None:
    with op.batch_alter_table("upload") as table:
        table.add_column(sa.Column("shows_id", sa.String(length=32), nullable=True))
        table.add_column(
            sa.Column("scanned", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.create_foreign_key(_SHOWS, "upload", ["shows_id"], ["id"])
    with op.batch_alter_table("job") as table:
        table.add_column(sa.Column("consent", sa.JSON(), nullable=True))
        for name in ("consent_withdrawn_at", "expired_at"):
            table.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("job") as table:
        for name in ("expired_at", "consent_withdrawn_at", "consent"):
            table.drop_column(name)
    with op.batch_alter_table("upload") as table:
        table.drop_constraint(_SHOWS, type_="foreignkey")
        table.drop_column("scanned")
        table.drop_column("shows_id")
