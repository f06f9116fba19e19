"""Answer from the cache: by dispatch, without a message to a worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.domain.job import JobState
from tasks.domain.plan import Plan
from tasks.messaging import keys
from tasks.messaging.event_bus import Progress
from tasks.store.cache import begin_eviction, end_eviction
from tests.deployment import Deployment
from tests.faults.promise import assert_kept
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.control.sweeper import queue_contents
from web.db.columns import new_id
from web.jobs.reuse import find_done, report_done

ADA = {"subject": "Ada", "statement": "I agree."}
SHORT = "A short one."


@pytest.fixture
def full(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    """One slot and one worker, which never finishes a second scene."""
    with Deployment(tmp_path, redis_server, JOBS_IN_FLIGHT="1") as deployment:
        deployment.start_control()
        deployment.start_workers("lite", faults="stuck:animate.1:frames")
        yield deployment


def _computed(deployment: Deployment, **options: object) -> str:
    """A job of one scene, computed to its end."""
    _, job_id = deployment.submit(**{"script": SHORT} | options)  # type: ignore[arg-type]
    assert deployment.until_ended(job_id).state == JobState.SUCCEEDED
    return job_id


def _busy(deployment: Deployment) -> str:
    """A job that keeps the worker and the slot."""
    _, job_id = deployment.submit()
    deployment.until_running(job_id, "animate")
    until(lambda: _runs(deployment, job_id, "animate.1"), "the second scene runs")
    return job_id


def _runs(deployment: Deployment, job_id: str, step: str) -> bool:
    return any(r.step == step and r.state == "running" for r in deployment.runs(job_id))


def _accepted(deployment: Deployment, **options: object) -> str:
    """A job that web could not dispatch because no slot was free."""
    _, job_id = deployment.accept(**{"script": SHORT} | options)  # type: ignore[arg-type]
    deployment.services.bus.wake_controller()
    return job_id


def _plan(deployment: Deployment, job_id: str) -> Plan:
    plan = deployment.services.artifacts.plan(job_id, 1)
    assert plan is not None
    return plan


def test_a_cached_job_ends_while_all_workers_are_busy(full: Deployment) -> None:
    first = _computed(full)
    busy = _busy(full)
    with full.listener() as heard:
        second = _accepted(full)
        assert_kept(full, second, heard)
    assert _runs(full, busy, "animate.1"), "no worker was free meanwhile"
    runs = full.runs(second)
    assert all(run.found and run.worker == "" and run.attempt == 1 for run in runs)
    assert [run.artifact for run in runs] == [run.artifact for run in full.runs(first)]
    results = [full.job(job_id).result for job_id in (first, second)]
    assert results[0] is not None
    assert results[1] is not None
    assert results[0]["facts"] == results[1]["facts"]


def test_other_owners_and_requests_wait_for_a_slot(full: Deployment) -> None:
    _computed(full)
    _busy(full)
    others = [_accepted(full, owner="key:bob"), _accepted(full, captions=False)]
    own = _accepted(full)  # looked up after the others
    assert full.until_ended(own).state == JobState.SUCCEEDED
    for job_id in others:
        assert (full.job(job_id).state, full.job(job_id).attempt) == ("queued", 0)


def test_only_the_steps_that_are_left_become_messages(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server, JOBS_IN_FLIGHT="2") as deployment:
        deployment.start_control()
        deployment.start_workers("lite", faults="stuck:animate.1:frames")
        first = _computed(deployment)
        _busy(deployment)
        with deployment.listener() as heard:
            _, second = deployment.submit(script=SHORT, captions=False)
            queued = queue_contents(deployment.services.queues).queued
            assert [one for one in queued if one.startswith(second)] == [f"{second}.1.assemble.all"]
            until(lambda: sum(r.state == "done" for r in deployment.runs(second)) == 5, "reported")
            deployment.kill_tree("worker-0")
            deployment.start_workers("lite")
            assert_kept(deployment, second, heard)
        assert {r.step for r in deployment.runs(second) if not r.found} == {"assemble"}
        assert all(r.worker for r in deployment.runs(second) if not r.found)
        assert all(r.found is False for r in deployment.runs(first))


def test_a_wipe_before_the_events_are_read_loses_no_answered_job(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite")
    _computed(deployment)
    deployment.kill("control")
    _, second = deployment.submit(script=SHORT)
    assert deployment.job(second).published
    deployment.services.redis.flushall()
    deployment.start_control()
    assert deployment.until_ended(second).state == JobState.SUCCEEDED
    assert deployment.job(second).attempt == 2
    assert all(run.found for run in deployment.runs(second))


def test_an_evicted_result_is_not_reused_nor_is_what_follows(
    shared_deployment: Deployment,
) -> None:
    job_id = _computed(shared_deployment)
    services, plan = shared_deployment.services, _plan(shared_deployment, job_id)
    key = next(run.artifact for run in shared_deployment.runs(job_id) if run.step == "voice.0")
    assert set(find_done(services, plan, again=False)) == {step.name for step in plan.steps}
    services.redis.delete(keys.used(key))  # as an hour later
    assert begin_eviction(services.redis, key)
    assert set(find_done(services, plan, again=False)) == {"script", "face"}
    end_eviction(services.redis, key)
    assert services.redis.exists(keys.used(key)), "the next eviction keeps it"
    services.artifacts.forget(key)
    assert set(find_done(services, plan, again=False)) == {"script", "face"}


def test_steps_without_consent_are_left_to_their_worker(shared_deployment: Deployment) -> None:
    job_id = _computed(shared_deployment, consent={"face": ADA})
    plan = replace(_plan(shared_deployment, job_id), job_id=new_id())
    services = shared_deployment.services
    required = replace(services, settings=replace(services.settings, consent="required"))
    before = {"script", "face", "voice.0"}
    assert set(find_done(required, plan, again=False)) > before
    assert set(find_done(required, replace(plan, consent={}), again=False)) == before
    services.artifacts.withdraw(plan.job_id)
    assert set(find_done(services, plan, again=False)) == before


@pytest.mark.slow
def test_a_stopped_attempt_reports_nothing(shared_deployment: Deployment) -> None:
    job_id = _computed(shared_deployment)
    plan = replace(_plan(shared_deployment, job_id), job_id=new_id())
    services = shared_deployment.services
    services.redis.set(keys.stop(plan.job_id), 1)
    services.bus.start_progress(plan.job_id, 1.0, Progress())
    found = find_done(services, plan, again=False)

    def reported(attempt: int) -> set[str]:
        report_done(services, plan, attempt, found)
        events = services.bus.since(plan.session_id, "0-0").events
        return {e.stage for e in events if e.job_id == plan.job_id and e.stage}

    assert reported(1) == set()
    assert services.artifacts.recorded(plan.job_id, 1, "script") is None
    assert reported(2) == {step.stage for step in plan.steps}
    assert services.artifacts.recorded(plan.job_id, 1, "script") == found["script"]
