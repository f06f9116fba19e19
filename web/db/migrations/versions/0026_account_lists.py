"""Lists of accounts and invitations have indexes in their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_USERS = {"users_by_role": "role", "users_by_plan": "plan"}
_FORMER = {"ix_users_role": "role", "ix_users_plan": "plan"}


def upgrade() -> None:
    for name in _FORMER:
        op.drop_index(name, "users")
    for name, column in _USERS.items():
        op.create_index(name, "users", [column, "created_at", "id"])
    suspended = sa.text("suspended_at IS NOT NULL")
    op.create_index(
        "suspended_users_by_age",
        "users",
        ["created_at", "id"],
        sqlite_where=suspended,
        postgresql_where=suspended,
    )
    op.create_index("invitations_by_age", "invitations", ["created_at", "id"])
    op.create_index("ix_invitations_email", "invitations", ["email"])


def downgrade() -> None:
    op.drop_index("ix_invitations_email", "invitations")
    op.drop_index("invitations_by_age", "invitations")
    for name in (*_USERS, "suspended_users_by_age"):
        op.drop_index(name, "users")
    for name, column in _FORMER.items():
        op.create_index(name, "users", [column])
