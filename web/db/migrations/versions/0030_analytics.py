"""Feedback on jobs, the figures of each day, and lists of all jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_JOBS = {
    "jobs_by_age": ["created_at", "id", "owner"],
    "jobs_by_state": ["state", "created_at", "id"],
    "jobs_by_code": ["error_code", "created_at", "id"],
    "jobs_by_end": ["finished_at", "state"],
}


def upgrade() -> None:
    op.create_table(
        "job_feedback",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("feedback_by_age", "job_feedback", ["created_at", "job_id"])
    op.create_table(
        "daily_figures",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
    )
    for name, columns in _JOBS.items():
        op.create_index(name, "job", columns)


def downgrade() -> None:
    for name in reversed(_JOBS):
        op.drop_index(name, "job")
    op.drop_table("daily_figures")
    op.drop_table("job_feedback")
