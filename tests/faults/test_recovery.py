"""How soon what a dead worker had begun is found lost, with the intervals of the product.

python -m pytest -m slow -s tests/faults/test_recovery.py
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from config.settings import Settings
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

TIMES = 3
TURN_SECONDS = 1.0
"""Between two looks of control at what is due, and of this test at the ledger."""
LEASE, SWEEP = Settings().lease_seconds, Settings().sweep_seconds


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_lost_step_is_detected_within_lease_and_sweep_interval(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    extra = {"LEASE_SECONDS": f"{LEASE}", "SWEEP_SECONDS": f"{SWEEP}", "SIMULATION_SPEED": "1"}
    took = []
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        for number in range(TIMES):
            deployment.start_workers("lite")
            _, job_id = deployment.submit(script=f"This is told for the {number}. time.")
            deployment.until_running(job_id, "script", 60)
            died = time.monotonic()
            deployment.kill_tree(f"worker-{number}")
            until(lambda: not deployment.job(job_id).published, "it is found lost", 60)  # noqa: B023
            took.append(time.monotonic() - died)
            deployment.request_cancel(job_id)
            deployment.until_ended(job_id)
    print("found lost after", ", ".join(f"{seconds:.1f} s" for seconds in took))
    assert max(took) <= LEASE + SWEEP + TURN_SECONDS
