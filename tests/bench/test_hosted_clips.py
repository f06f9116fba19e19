"""How many clips one worker of `hosted` keeps in flight, and what that costs it."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tasks.domain.job import JobState
from tests.bench.small import IS_SMALL, size
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.video_provider import selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, order, sell_at

CLIPS = size(500, 5)
A_MINUTE = size(10, 1)
LOOKS = size((30, 90), (1, 2))
"""Seconds between two bursts, which come when the minute of a key is over."""


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


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_four_keys_give_four_times_their_limit(tmp_path: Path, redis_server: RedisServer) -> None:
    keys = ", ".join(f"shop:k{number}=key-{number}" for number in range(4))
    more = {"PROVIDER_KEYS": keys, "USER_JOBS": "200"}
    with selling() as provider, Deployment(tmp_path, redis_server, **more) as system:
        sell_at(system, provider.url, one={"a_minute": A_MINUTE})
        provider.polls_until_done = 1_000_000
        system.start_control()
        system.start_workers("hosted")
        for _ in range(12 * A_MINUTE):
            order(system)
        until(lambda: provider.sold, "the first is sold", 60)
        began = time.monotonic()
        counts = []
        for ends in LOOKS:
            until(lambda ends=ends: time.monotonic() > began + ends, "time has passed", 120)  # type: ignore[misc]
            counts.append(len(provider.sold))
        by_key = Counter(task.key for task in provider.sold)
        share = (counts[1] - counts[0]) / (4 * A_MINUTE)
        print(json.dumps({"sold": counts, "by_key": by_key, "share_of_a_minute": share}))
        assert max(by_key.values()) <= 2 * A_MINUTE
        assert IS_SMALL or share >= 0.95


def _tree(worker: psutil.Process) -> list[psutil.Process]:
    return [worker, *worker.children(recursive=True)]


def _memory(worker: psutil.Process) -> float:
    """Megabytes of the worker with its pool process."""
    return sum(process.memory_info().rss for process in _tree(worker)) / 2**20
