"""The pictures and recordings that owners keep, and how pictures were moderated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TABLE, _REVIEWS = "library_item", "image_review"
_PUBLIC = sa.text("public_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("original_name", sa.String(255), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("preview_sha256", sa.String(64), nullable=False),
        sa.Column("preview_bytes", sa.BigInteger, nullable=False),
        sa.Column("preview_type", sa.String(100), nullable=False),
        sa.Column("width", sa.Integer, nullable=True),
        sa.Column("height", sa.Integer, nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("exif", sa.JSON, nullable=False),
        *(sa.Column(f"band_{number}", sa.Integer, nullable=True) for number in range(4)),
        sa.Column("scanned", sa.Boolean, nullable=False),
        sa.Column("moderation", sa.String(16), nullable=False),
        sa.Column("public_id", sa.String(40), nullable=True, unique=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("sha256", "preview_sha256", "used_at"):
        op.create_index(f"ix_library_item_{column}", _TABLE, [column])
    place = ["created_at", "id"]
    op.create_index("library_items_of_owner", _TABLE, ["owner", "kind", *place])
    op.create_index("library_items_by_moderation", _TABLE, ["owner", "kind", "moderation", *place])
    op.create_index("library_items_by_content", _TABLE, ["owner", "kind", "sha256"])
    op.create_index("library_items_by_source", _TABLE, ["owner", "kind", "source_sha256"])
    op.create_index(
        "library_items_public",
        _TABLE,
        ["owner", "kind", *place],
        sqlite_where=_PUBLIC,
        postgresql_where=_PUBLIC,
    )
    for number in range(4):
        op.create_index(f"library_items_band_{number}", _TABLE, ["owner", f"band_{number}"])
    _create_reviews()


def _create_reviews() -> None:
    item = sa.ForeignKey(f"{_TABLE}.id", ondelete="CASCADE")
    op.create_table(
        _REVIEWS,
        sa.Column("item_id", sa.String(40), item, primary_key=True),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("appeal", sa.Text, nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
    )
    for column in ("due_at", "queued_at"):
        set_only = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"image_reviews_{column}",
            _REVIEWS,
            [column, "item_id"],
            sqlite_where=set_only,
            postgresql_where=set_only,
        )


def downgrade() -> None:
    for table in (_REVIEWS, _TABLE):
        op.drop_table(table)
