"""Batches of videos."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("problem", sa.JSON, nullable=True),
        sa.Column("quote_id", sa.String(64), nullable=False),
        sa.Column("dollars_micro", sa.BigInteger, nullable=False),
        sa.Column("credits_micro", sa.BigInteger, nullable=False),
        sa.Column("most_micro", sa.BigInteger, nullable=True),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("request_key", sa.String(200), nullable=True),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("owner", "request_key", name="batches_by_key"),
    )
    op.create_index("batches_of_owner", "batches", ["owner", "created_at", "id"])
    op.create_index("batches_by_state", "batches", ["state", "created_at"])
    op.create_table(
        "batch_videos",
        sa.Column(
            "batch_id",
            sa.String(40),
            sa.ForeignKey("batches.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=True, index=True),
        sa.Column("credits_micro", sa.BigInteger, nullable=False),
        sa.Column("error", sa.JSON, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("batch_videos")
    op.drop_table("batches")
