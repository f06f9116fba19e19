"""The table of daily figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base


class DailyFigures(Base):
    """The figures of one kind on one day (UTC), by name: `web.analytics.figures.Figure`.

    A report adds up such rows, so it costs the same however many jobs there were.
    """

    __tablename__ = "daily_figures"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    computed_at: Mapped[datetime] = mapped_column(Moment, default=now)
