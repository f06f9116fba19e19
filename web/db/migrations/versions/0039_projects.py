"""Projects: their plans, chats, generations and clips."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "video_projects",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=True),
        sa.Column("session_id", sa.String(32), sa.ForeignKey("session.id"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("aspect_ratio", sa.String(8), nullable=False),
        sa.Column("max_seconds", sa.Double, nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("sample", sa.JSON, nullable=True),
        sa.Column("character", sa.JSON, nullable=True),
        sa.Column("voice", sa.JSON, nullable=True),
        sa.Column("track", sa.JSON, nullable=True),
        sa.Column("analysis_job_id", sa.String(32), nullable=True, index=True),
        sa.Column("facts", sa.JSON, nullable=True),
        sa.Column("frames", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("generation_id", sa.String(40), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_index("video_projects_of_owner", "video_projects", ["owner", "created_at", "id"])
    op.create_index("video_projects_of_session", "video_projects", ["session_id"])
    op.create_table(
        "plan_revisions",
        _project(primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("made_by", sa.String(16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        _project(),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("patch", sa.JSON, nullable=True),
        sa.Column("revision", sa.Integer, nullable=True),
        sa.Column("degraded", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("chat_messages_of_project", "chat_messages", ["project_id", "id"])
    op.create_table(
        "generation_jobs",
        sa.Column("id", sa.String(40), primary_key=True),
        _project(index=True),
        sa.Column("plan_revision", sa.Integer, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=False, index=True),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("quote_micro", sa.BigInteger, nullable=False),
        sa.Column("saved", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
    )
    op.create_index("generation_jobs_by_state", "generation_jobs", ["state", "created_at"])
    op.create_table(
        "clips",
        sa.Column(
            "generation_id",
            sa.String(40),
            sa.ForeignKey("generation_jobs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("scene", sa.Integer, primary_key=True),
        sa.Column("scene_id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(32), nullable=True, index=True),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("price_micro", sa.BigInteger, nullable=False),
        sa.Column("api_key_used", sa.String(64), nullable=False),
        sa.Column("artifact", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("clips_by_key", "clips", ["owner", "key", "state"])


def downgrade() -> None:
    for table in ("clips", "generation_jobs", "chat_messages", "plan_revisions"):
        op.drop_table(table)
    op.drop_table("video_projects")


def _project(*, primary_key: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(
        "project_id",
        sa.String(40),
        sa.ForeignKey("video_projects.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
        index=index,
    )
