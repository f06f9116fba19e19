"""API keys of users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column(
            "user_id",
            sa.String(40),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("org_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("previous_digest", sa.String(64), nullable=True, unique=True),
        _moment("previous_until", nullable=True),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("daily_jobs", sa.Integer, nullable=True),
        sa.Column("jobs_day", sa.String(10), nullable=False),
        sa.Column("jobs_today", sa.Integer, nullable=False),
        _moment("expires_at", nullable=True),
        _moment("created_at"),
        _moment("last_used_at", nullable=True),
        sa.Column("last_used_from", sa.String(32), nullable=False),
        _moment("revoked_at", nullable=True),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_index("ix_api_keys_revoked_at", "api_keys", ["revoked_at"])


def downgrade() -> None:
    op.drop_table("api_keys")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
