"""Workers whose memory, or whose machine's, is short."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_worker_over_its_budget_is_replaced_after_its_stage(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    # Every process is over this after its first stage: far more often than any machine sees
    # it. Its successor takes longer to begin than a lease lasts and an idle job waits, and the
    # next message waits for it in the parent's hands: that is no loss, and costs no attempt.
    small = {"WORKER_MEMORY_MB": "1", "FALLBACK_SECONDS": "0.5"}
    with Deployment(tmp_path, redis_server, **small) as deployment:
        deployment.start_control()
        deployment.start_workers("lite")
        first = deployment.nodes()[0].pid
        _, job_id = deployment.submit(script="One scene and no more.")
        job = deployment.until_ended(job_id, 200)
        assert job.state == "succeeded", job.error_message
        assert (job.attempt, job.failures) == (1, 0)
        until(
            lambda: [n for n in deployment.nodes() if n.pid != first] or None, "another process", 60
        )


def test_idle_models_are_unloaded_when_memory_is_short(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    pressed = {"MEMORY_CRITICAL_PERCENT": "0.01"}
    with Deployment(tmp_path, redis_server, **pressed) as deployment:
        deployment.start_control()
        deployment.start_workers("lite")
        _, job_id = deployment.submit(script="One scene and no more.")
        job = deployment.until_ended(job_id, 200)
        assert job.state == "succeeded", job.error_message
        until(lambda: "model unloaded" in deployment.log or None, "a model is unloaded", 60)
        warm = len(deployment.nodes()[0].warm)
        until(lambda: len(deployment.nodes()[0].warm) < max(warm, 1) or None, "fewer are warm", 60)
