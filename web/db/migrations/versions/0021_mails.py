"""Mails to send, and which kinds of them people have turned on or off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_UNSENT = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column(
            "user_id", sa.String(40), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=True
        ),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("sealed", sa.Text, nullable=True),
        sa.Column("once", sa.String(120), unique=True, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_mails_user_id", "mails", ["user_id"])
    op.create_index("mails_by_age", "mails", ["created_at"])
    op.create_index(
        "mails_due", "mails", ["due_at"], sqlite_where=_UNSENT, postgresql_where=_UNSENT
    )
    op.create_table(
        "mail_choices",
        sa.Column(
            "user_id",
            sa.String(40),
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("wanted", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("mail_choices")
    op.drop_table("mails")
