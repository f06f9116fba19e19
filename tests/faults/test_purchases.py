"""A worker or the controller is killed around a purchase: nothing is bought twice."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.http_server import Answer, Asked
from tests.services.redis_server import RedisServer
from tests.services.video_provider import VideoProvider, selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, calls_of, order, sell_at

pytestmark = pytest.mark.faults


class Gate:
    """Stops the provider at one kind of request until the test lets it go on."""

    def __init__(self, provider: VideoProvider, what: str, *, after: bool) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self._provider, self._what, self._after = provider, what, after
        provider.server.answer = self._answer

    def _answer(self, asked: Asked) -> Answer:
        is_it = {
            "submit": asked.method == "POST",
            "poll": asked.method == "GET" and "/tasks/" in asked.path,
            "fetch": "/files/" in asked.path,
        }[self._what]
        if not is_it or self.reached.is_set():
            return self._provider.answer(asked)
        answer = self._provider.answer(asked) if self._after else Answer(status=503)
        self.reached.set()
        self.open.wait(60)
        return answer


@pytest.mark.parametrize("killed", ["worker", "control"])
@pytest.mark.parametrize("what", ["submit", "poll", "fetch"])
def test_a_kill_around_a_request_buys_nothing_twice(
    tmp_path: Path, redis_server: RedisServer, what: str, killed: str
) -> None:
    with selling() as provider, Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as system:
        sell_at(system, provider.url)
        system.start_control()
        system.start_workers("hosted", "media")
        gate = Gate(provider, what, after=True)
        job_id = order(system)
        assert gate.reached.wait(60)
        if killed == "worker":
            system.kill_tree("worker-0")
            gate.open.set()
            system.start_workers("hosted")
        else:
            system.kill("control")
            gate.open.set()
            system.start_control("control-2")
        job = system.until_ended(job_id, 120)
        assert len(provider.sold) == 1
        (call,) = calls_of(system, job_id)
        if (what, killed) == ("submit", "worker"):
            # Runway has no list: it is not known, it is listed, and it counts as spent.
            assert (call.state, call.spent) == ("unknown", True)
            assert (job.state, job.error_code) == (JobState.FAILED, "PURCHASE_UNKNOWN")
        else:
            assert (call.state, job.state) == ("done", JobState.SUCCEEDED), job.error_message


def test_a_wipe_of_redis_buys_nothing_twice(tmp_path: Path, redis_server: RedisServer) -> None:
    with selling() as provider, Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as system:
        sell_at(system, provider.url)
        provider.polls_until_done = 3
        system.start_control()
        system.start_workers("hosted", "media")
        jobs = [order(system) for _ in range(3)]
        until(lambda: len(provider.sold) == 3, "three tasks are sold", 60)
        system.services.redis.flushall()
        for job_id in jobs:
            assert system.until_ended(job_id, 120).state == JobState.SUCCEEDED
        assert len(provider.sold) == 3


def test_a_cancelled_clip_is_cancelled_at_its_provider(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with selling() as provider, Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as system:
        sell_at(system, provider.url)
        provider.polls_until_done = 10_000
        system.start_control()
        system.start_workers("hosted", "media")
        job_id = order(system)
        until(lambda: provider.sold, "it is sold", 60)
        until(lambda: calls_of(system, job_id)[0].state == "waiting", "it is known", 60)
        system.request_cancel(job_id)
        assert system.until_ended(job_id).state == JobState.CANCELLED
        until(lambda: provider.cancelled == ["task-0"], "the provider is asked", 60)
        until(lambda: calls_of(system, job_id)[0].state == "cancelled", "the call ends", 60)


def test_moderation_is_tried_once_elsewhere_within_the_quote(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with selling() as provider, Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as system:
        sell_at(system, provider.url, one={}, two={"price_micro": 150_000}, three={})
        provider.failure = {"failure": "no", "failureCode": "SAFETY.OUTPUT"}
        system.start_control()
        system.start_workers("hosted", "media")
        job = system.until_ended(order(system, model="", routing="cheapest"), 120)
        assert job.error_code == "MODERATION_REFUSED"
        calls = calls_of(system, job.id)
        assert [call.cause for call in calls] == ["moderation", "moderation"]
        assert len({call.model_id for call in calls}) == 2
        assert calls[1].why.startswith("fallback after shop/")
