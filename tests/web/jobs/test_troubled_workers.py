"""Engines that break and run out of memory on real workers; others take over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_worker.models import engine_health
from gpu_worker.models.registry import Registry
from tasks.domain.job import JobState
from tasks.nodes.registry import Node
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until


def test_a_step_that_breaks_here_goes_to_another_worker(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="broken:enhance")
    [bad] = deployment.nodes()
    deployment.start_workers("lite")
    _, job_id = deployment.submit()
    job = deployment.until_ended(job_id)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert (job.attempt, job.failures) == (1, 0)
    enhanced = {run.worker for run in deployment.runs(job_id) if run.stage == "enhance"}
    assert len(enhanced) == 1
    assert bad.name not in enhanced


@pytest.mark.slow
def test_what_breaks_everywhere_fails_the_job(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, JOB_ATTEMPTS="2") as deployment:
        deployment.start_control()
        deployment.start_workers("lite", "lite", faults="broken:script")
        _, job_id = deployment.submit()
        job = deployment.until_ended(job_id)
    assert (job.state, job.error_code, job.error_stage) == ("failed", "ENGINE_BROKEN", "script")
    assert (job.attempt, job.failures) == (2, 2)


@pytest.mark.slow
def test_after_three_in_a_row_a_worker_takes_itself_out(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("media", faults="broken:assemble")
    deployment.start_workers("lite")
    jobs: list[str] = []

    def out() -> Node | None:
        """Jobs until the worker for assembling has met three of them."""
        if not jobs or JobState(deployment.job(jobs[-1]).state).terminal:
            jobs.append(deployment.submit(script=f"This is film number {len(jobs)}.")[1])
        bad = next(node for node in deployment.nodes() if node.environment == "media")
        return None if bad.offers[0].ok else bad

    bad = until(out, "three of them broke", 90)
    assert bad.offers[0].out_of_service
    assert "3 times in a row: RuntimeError" in bad.offers[0].why
    assert bad.queues == set()
    inspect = deployment.services.celery.control.inspect([bad.name], timeout=1)
    until(lambda: inspect.active_queues() == {bad.name: []}, "it takes nothing any more")
    for job_id in jobs:
        job = deployment.until_ended(job_id)
        assert (job.state, job.attempt) == ("succeeded", 1)


def test_it_comes_back_after_a_rest_and_has_one_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_health, "REST_SECONDS", 0.0)
    registry = Registry("media")

    def able() -> bool:
        registry.probe_again()
        return registry.offers[0].ok

    for _ in range(5):
        registry.record_failure("assemble", "ffmpeg", "the same piece of work", "OSError")
    assert registry.offers[0].ok
    registry.record_failure("assemble", "ffmpeg", "another one", "OSError")
    registry.record_failure("assemble", "ffmpeg", "a third", "OSError")
    assert not registry.offers[0].ok
    assert able()
    registry.record_failure("assemble", "ffmpeg", "a fourth", "OSError")
    assert not registry.offers[0].ok
    assert able()
    registry.health.record_success(("assemble", "ffmpeg"))
    registry.record_failure("assemble", "ffmpeg", "a fifth", "OSError")
    assert registry.offers[0].ok


@pytest.mark.slow
def test_out_of_memory_is_tried_with_less(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="memory:enhance:2")
    _, job_id = deployment.submit()
    job = deployment.until_ended(job_id)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert job.attempt == 1
    assert deployment.log.count("fallback=half_batch") == 1
    assert deployment.log.count("fallback=tiles") == 1


@pytest.mark.slow
def test_out_of_memory_goes_to_a_larger_worker(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="memory:enhance:9")
    deployment.start_workers("lite")
    _, job_id = deployment.submit()
    job = deployment.until_ended(job_id)
    assert (job.state, job.attempt) == ("succeeded", 1)
