"""Compute how long a job waits after a failure."""

from __future__ import annotations

import random
from typing import Final

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0


def retry_delay(failures: int, retry_after: float | None = None) -> float:
    """Compute the back-off in seconds; it grows with each failure up to `LONGEST_PAUSE`.

    It is spread at random, so that jobs that failed together do not return together. A
    provider's `retry_after` is respected up to the longest pause.
    """
    grown: float = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
    scattered = grown * random.uniform(0.5, 1.0)  # noqa: S311  nothing secret
    return min(max(scattered, retry_after or 0.0), LONGEST_PAUSE)
