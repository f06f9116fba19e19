"""How long the first heartbeat of a step holds: the sweeper may not know its message yet."""

from __future__ import annotations

import pytest

from config.settings import read
from gpu_worker.execution.runner import first_heartbeat_seconds


@pytest.mark.parametrize(
    ("lease", "sweep", "seconds"), [("15", "5", 12.5), ("3", "0", 3.0), ("3", "10", 1.5)]
)
def test_a_step_without_a_note_is_lost_as_soon_as_any_other(
    lease: str, sweep: str, seconds: float
) -> None:
    settings = read({"LEASE_SECONDS": lease, "SWEEP_SECONDS": sweep})
    assert first_heartbeat_seconds(settings) == seconds
    longest_wait = settings.sweep_seconds  # of the sweeper, instead of half of it
    if longest_wait <= settings.lease_seconds:
        assert seconds + 1.5 * longest_wait <= settings.lease_seconds + longest_wait
