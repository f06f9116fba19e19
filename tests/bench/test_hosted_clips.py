"""How many clips one worker of `hosted` keeps in flight, and what that costs it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psutil
import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.video_provider import selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, order, sell_at

CLIPS = 500


@pytest.mark.bench
@pytest.mark.timeout(1200)
def test_five_hundred_clips_in_flight_on_one_worker(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    more = {"PROVIDER_KEYS": KEYS, "USER_JOBS": str(2 * CLIPS)}
    with selling() as provider, Deployment(tmp_path, redis_server, **more) as system:
        sell_at(system, provider.url)
        provider.polls_until_done = 1_000_000
        system.start_control()
        system.start_workers("hosted", "media")
        worker = system.process("worker-0")
        began, idle = time.monotonic(), _memory(worker)
        jobs = [order(system) for _ in range(CLIPS)]
        accepted = time.monotonic() - began
        until(lambda: len(provider.sold) == CLIPS, "all are sold", 600)
        sold, busy = time.monotonic() - began, _memory(worker)
        until(lambda: all(task.polls for task in provider.sold), "all are polled", 300)
        polled = time.monotonic() - began
        cpu = sum(p.cpu_times().user + p.cpu_times().system for p in _tree(worker))
        provider.polls_until_done = 1
        for job_id in jobs:
            assert system.until_ended(job_id, 900).state == JobState.SUCCEEDED
        ended, after = time.monotonic() - began, _memory(worker)
        assert len(provider.sold) == CLIPS
        figures = {
            "seconds": {"accepted": accepted, "sold": sold, "polled": polled, "ended": ended},
            "worker_mb": {"idle": idle, "in_flight": busy, "after": after},
            "worker_cpu_seconds_until_polled": cpu,
        }
        print(json.dumps(figures))
        assert busy - idle < 100
        assert after - idle < 150


def _tree(worker: psutil.Process) -> list[psutil.Process]:
    return [worker, *worker.children(recursive=True)]


def _memory(worker: psutil.Process) -> float:
    """Megabytes of the worker with its pool process."""
    return sum(process.memory_info().rss for process in _tree(worker)) / 2**20
