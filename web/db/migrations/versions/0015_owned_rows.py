"""Uploads, jobs and outputs have an owner and a title, so that they outlive their session.

They get the owner of their session, and the titles that lists have shown so far.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OWNER, _ORG, _TITLE = sa.String(80), sa.String(40), sa.String(200)
_SESSION = sa.table("session", sa.column("id"), sa.column("owner"))
_BATCH = 1000
_TITLE_LETTERS = 90


def upgrade() -> None:
    with op.batch_alter_table("session") as session:
        session.add_column(sa.Column("org_id", _ORG, nullable=True))
        session.drop_index("ix_session_owner")
        session.create_index("sessions_of_owner", ["owner", "created_at", "id"])
    for name in ("upload", "job", "output"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("owner", _OWNER, nullable=True))
            table.add_column(sa.Column("org_id", _ORG, nullable=True))
            if name != "output":
                table.add_column(sa.Column("title", _TITLE, nullable=True))
        owned = sa.table(name, sa.column("owner"), sa.column("session_id"))
        of_session = sa.select(_SESSION.c.owner).where(_SESSION.c.id == owned.c.session_id)
        op.execute(owned.update().values(owner=of_session.scalar_subquery()))
    op.execute(
        "UPDATE upload SET title = substr("
        "CASE WHEN original_name = '' THEN filename ELSE original_name END, 1, 200)"
    )
    _fill_job_titles()
    for name in ("upload", "job", "output"):
        with op.batch_alter_table(name) as table:
            table.alter_column("owner", existing_type=_OWNER, nullable=False)
            if name != "output":
                table.alter_column("title", existing_type=_TITLE, nullable=False)
            table.create_index(f"{name}s_of_owner", ["owner", "created_at", "id"])
            if name == "job":
                columns = ["owner", "state", "created_at", "id"]
                table.create_index("jobs_of_owner_by_state", columns)
                table.create_index("withdrawn_jobs_of_owner", ["owner", "consent_withdrawn_at"])


def downgrade() -> None:
    for name in ("output", "job", "upload"):
        with op.batch_alter_table(name) as table:
            table.drop_index(f"{name}s_of_owner")
            if name == "job":
                table.drop_index("jobs_of_owner_by_state")
                table.drop_index("withdrawn_jobs_of_owner")
            if name != "output":
                table.drop_column("title")
            table.drop_column("org_id")
            table.drop_column("owner")
    with op.batch_alter_table("session") as session:
        session.drop_index("sessions_of_owner")
        session.create_index("ix_session_owner", ["owner"])
        session.drop_column("org_id")


def _fill_job_titles() -> None:
    connection = op.get_bind()
    job = sa.table("job", *(sa.column(name) for name in ("id", "options", "title")))
    after = ""
    while True:
        page = sa.select(job.c.id, sa.cast(job.c.options, sa.Text)).where(job.c.id > after)
        rows = connection.execute(page.order_by(job.c.id).limit(_BATCH)).all()
        if not rows:
            return
        titles = [{"of": row[0], "named": _title(row[1])} for row in rows]
        change = sa.update(job).where(job.c.id == sa.bindparam("of"))
        connection.execute(change.values(title=sa.bindparam("named")), titles)
        after = rows[-1][0]


def _title(stored: str | None) -> str:
    try:
        options: Any = json.loads(stored or "{}")
    except ValueError:
        options = {}
    known = options if isinstance(options, dict) else {}
    words = known.get("topic") or known.get("script") or "A recording"
    text = str(words).encode(errors="replace").decode().replace("\0", "")
    return textwrap.shorten(text, _TITLE_LETTERS, placeholder=" ...")
