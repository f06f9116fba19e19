"""What was expected of jobs and steps, beside what came; and what the stage cache holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JOB = (
    *("eta_low", "eta_high"),
    *("expected_seconds", "expected_low", "expected_high"),
)


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        for name in _JOB:
            job.add_column(sa.Column(name, sa.Double(), nullable=True))
        job.add_column(sa.Column("size", sa.Double(), nullable=False, server_default="0"))
        job.add_column(sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("stage_run") as run:
        run.add_column(sa.Column("device", sa.String(120), nullable=False, server_default=""))
        run.add_column(sa.Column("size", sa.Double(), nullable=False, server_default="0"))
        run.add_column(sa.Column("expected_seconds", sa.Double(), nullable=True))
        run.add_column(sa.Column("expected_high", sa.Double(), nullable=True))
    op.create_table(
        "cache_entry",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_cache_entry_used_at", "cache_entry", ["used_at"])
    op.create_table(
        "cache_blob",
        sa.Column("key", sa.String(64), sa.ForeignKey("cache_entry.key"), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
    )
    op.create_index("ix_cache_blob_sha256", "cache_blob", ["sha256"])
    op.create_table(
        "cache_count",
        sa.Column("stage", sa.String(32), primary_key=True),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("bytes_found", sa.BigInteger(), nullable=False),
        sa.Column("seconds_saved", sa.Double(), nullable=False),
        sa.Column("evictions", sa.Integer(), nullable=False),
        sa.Column("bytes_evicted", sa.BigInteger(), nullable=False),
    )
    with op.batch_alter_table("stage_run") as run:
        run.create_index("ix_stage_run_artifact", ["artifact"])


def downgrade() -> None:
    with op.batch_alter_table("stage_run") as run:
        run.drop_index("ix_stage_run_artifact")
    for table in ("cache_count", "cache_blob", "cache_entry"):
        op.drop_table(table)
    with op.batch_alter_table("stage_run") as run:
        for name in ("device", "size", "expected_seconds", "expected_high"):
            run.drop_column(name)
    with op.batch_alter_table("job") as job:
        for name in (*_JOB, "size", "dispatched_at"):
            job.drop_column(name)
