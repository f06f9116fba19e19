"""How many bytes a session refers to. Shared bytes count for each who holds them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from web.errors import QuotaExceeded
from web.sessions.models import Output, Upload


def used(db: Session, session_id: str) -> int:
    """Bytes of all uploads and outputs of a session."""
    tables = (Upload, Output)
    sums = (
        select(func.coalesce(func.sum(table.bytes), 0)).where(table.session_id == session_id)
        for table in tables
    )
    return sum(int(db.scalar(query) or 0) for query in sums)


def require(db: Session, settings: Settings, session_id: str, more: int) -> None:
    """Refuse what would go past the quota."""
    if used(db, session_id) + more > settings.session_quota_mb * 1024**2:
        raise QuotaExceeded
