"""Credits: accounts, transfers, prices, quotes, charges of jobs and budgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID, _OWNER, _JOB = sa.String(40), sa.String(80), sa.String(32)
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("billed", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("job") as job:
        job.alter_column("billed", server_default=None, existing_type=sa.Boolean)
    _accounts()
    _prices()
    _charges()
    op.create_table(
        "budgets",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("owner", _OWNER, nullable=False),
        sa.Column("key_id", _ID, nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("window", sa.String(10), nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.Column("warned", sa.String(10), nullable=False),
        _moment("created_at"),
        sa.UniqueConstraint("owner", "key_id", "period"),
    )


def _accounts() -> None:
    op.create_table(
        "credit_accounts",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("owner", _OWNER, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("posted", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _moment("created_at"),
        sa.UniqueConstraint("owner", "kind"),
    )
    op.create_table(
        "credit_transfers",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String(160), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        _account(),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("job_id", _JOB, nullable=True),
        sa.Column("run", sa.Integer, nullable=True),
        sa.Column("note", sa.String(200), nullable=False),
        _moment("created_at"),
    )
    columns = ["account_id", "created_at", "id"]
    op.create_index("transfers_of_account", "credit_transfers", columns)
    op.create_index("transfers_of_job", "credit_transfers", ["job_id"])
    op.create_table(
        "credit_entries",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("transfer_id", _ID, sa.ForeignKey("credit_transfers.id"), nullable=False),
        _account(),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    for column in ("transfer_id", "account_id"):
        op.create_index(f"ix_credit_entries_{column}", "credit_entries", [column])


def _prices() -> None:
    op.create_table(
        "price_versions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("prices", sa.JSON, nullable=False),
        _moment("created_at"),
    )
    op.create_table(
        "credit_quotes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("owner", _OWNER, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        _price_version(),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("high", sa.BigInteger, nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
    )
    op.create_index("ix_credit_quotes_expires_at", "credit_quotes", ["expires_at"])


def _charges() -> None:
    op.create_table(
        "charges",
        sa.Column("job_id", _JOB, primary_key=True),
        sa.Column("run", sa.Integer, primary_key=True),
        _account(),
        sa.Column("owner", _OWNER, nullable=False),
        sa.Column("key_id", _ID, nullable=False),
        _price_version(),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("hold", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("after_attempt", sa.Integer, nullable=False),
        sa.Column("charge_reused", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("expected_seconds", sa.Double(), nullable=False),
        sa.Column("actual_seconds", sa.Double(), nullable=True),
        _moment("created_at"),
        _moment("ended_at", nullable=True),
    )
    op.create_index("charges_of_owner", "charges", ["owner", "created_at"])
    op.create_index("charges_of_state", "charges", ["state", "created_at"])
    op.create_table(
        "charge_lines",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("job_id", _JOB, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("owner", _OWNER, nullable=False),
        sa.Column("key_id", _ID, nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("engine", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
    )
    op.create_index("charge_lines_of_job", "charge_lines", ["job_id", "run"])
    op.create_index("charge_lines_of_owner", "charge_lines", ["owner", "day"])


def downgrade() -> None:
    for table in ("budgets", "charge_lines", "charges", "credit_quotes", "price_versions"):
        op.drop_table(table)
    for table in ("credit_entries", "credit_transfers", "credit_accounts"):
        op.drop_table(table)
    with op.batch_alter_table("job") as job:
        job.drop_column("billed")


def _account() -> sa.Column[int]:
    reference = sa.ForeignKey("credit_accounts.id")
    return sa.Column("account_id", _BIG, reference, nullable=False)


def _price_version() -> sa.Column[int]:
    reference = sa.ForeignKey("price_versions.id")
    return sa.Column("price_version", sa.Integer, reference, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
