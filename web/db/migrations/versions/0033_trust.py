"""Trust: known videos, consents, reports, and files that are refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "known_videos",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False, unique=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=True),
        sa.Column("source_bytes", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=True),
        sa.Column("frames", sa.LargeBinary, nullable=True),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("engines", sa.JSON, nullable=False),
        sa.Column("signed_by", sa.String(16), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
    )
    for column in ("sha256", "source"):
        op.create_index(f"ix_known_videos_{column}", "known_videos", [column])
    op.create_table(
        "consents",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("uses", sa.JSON, nullable=False),
        sa.Column("shown", sa.String(16), nullable=False),
        sa.Column("evidence_sha256", sa.String(64), nullable=True),
        sa.Column("evidence_bytes", sa.BigInteger, nullable=False),
        sa.Column("evidence_type", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
    )
    op.create_index("consents_of_owner", "consents", ["owner", "created_at", "id"])
    op.create_table(
        "consent_uses",
        sa.Column(
            "consent_id",
            sa.String(32),
            sa.ForeignKey("consents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("job_id", sa.String(32), primary_key=True),
    )
    op.create_index("ix_consent_uses_job_id", "consent_uses", ["job_id"])
    op.create_table(
        "reports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("contact", sa.String(254), nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=True),
        sa.Column("jobs", sa.JSON, nullable=False),
        sa.Column("certain", sa.Boolean, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("ix_reports_state", "reports", ["state"])
    op.create_index("reports_in_order", "reports", ["created_at", "id"])
    op.create_table(
        "blocked_files",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=True),
        sa.Column("report_id", sa.String(32), nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("kind", "sha256"),
    )
    for column in ("sha256", "report_id"):
        op.create_index(f"ix_blocked_files_{column}", "blocked_files", [column])


def downgrade() -> None:
    for table in ("blocked_files", "reports", "consent_uses", "consents", "known_videos"):
        op.drop_table(table)
