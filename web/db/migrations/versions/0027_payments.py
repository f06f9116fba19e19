"""Payments: orders, customers at Stripe and the events that were applied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_orders",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("credits", sa.BigInteger, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("payment", sa.String(80), nullable=True),
        sa.Column("session", sa.String(120), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded", sa.BigInteger, nullable=False),
        sa.Column("disputed", sa.BigInteger, nullable=False),
        sa.Column("dispute", sa.String(8), nullable=False),
        sa.Column("taken_back", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("owner", "payment"):
        op.create_index(f"ix_credit_orders_{column}", "credit_orders", [column])
    op.create_table(
        "stripe_customers",
        sa.Column("owner", sa.String(80), primary_key=True),
        sa.Column("customer", sa.String(80), nullable=False, unique=True),
        sa.Column("subscription_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_stripe_events_created_at", "stripe_events", ["created_at"])


def downgrade() -> None:
    for table in ("stripe_events", "stripe_customers", "credit_orders"):
        op.drop_table(table)
