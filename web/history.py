"""How long steps took lately, for estimates: medians of what was really computed."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from functools import lru_cache

from sqlalchemy import select

from tasks.domain.planner import History
from web.database import reading
from web.models import StageRun
from web.services import Services

FRESH_SECONDS = 30
SAMPLES = 500


def history(services: Services) -> History:
    """The present history; read again when it is older than half a minute."""
    medians = _medians(int(time.monotonic() // FRESH_SECONDS))
    return History(medians, services.settings.simulation_speed)


@lru_cache(maxsize=1)
def _medians(_period: int) -> dict[tuple[str, str], float]:
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    recent = (
        select(StageRun.stage, StageRun.engine, StageRun.seconds)
        .where(StageRun.state == "done", StageRun.found.is_(False))
        .order_by(StageRun.id.desc())
        .limit(SAMPLES)
    )
    with reading() as session:
        for stage, engine, took in session.execute(recent):
            seconds[stage, engine].append(took or 0.0)
    return {name: max(statistics.median(values), 0.01) for name, values in seconds.items()}
