"""Storyboards: the drafts of a project's scenes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "storyboard_panels",
        sa.Column(
            "project_id",
            sa.String(40),
            sa.ForeignKey("video_projects.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("scene_id", sa.String(32), primary_key=True),
        sa.Column("shows", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("job_id", sa.String(32), nullable=True, index=True),
        sa.Column("approved_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("storyboard_panels")
