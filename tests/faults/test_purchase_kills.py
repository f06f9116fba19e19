"""A soak of kills at every boundary around submit, fetch and finish: nothing is bought twice.

A process kills itself with SIGKILL at a named place (`tests/faults/doomed.py`), among them the two
that no request of a provider shows: between the intent and the request, and between the answer and
the note of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.faults import doomed
from tests.faults.doomed import Doom
from tests.services.redis_server import RedisServer
from tests.services.video_provider import selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, calls_of, order, sell_at

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

WORKER, CONTROL = "gpu_worker.__main__", "web.control.__main__"
WORKERS = {"purchase": "hosted", "fetch": "hosted", "told": "hosted", "finish": "media"}
UNKNOWN_AFTER = ("before purchase", "after purchase")
"""Kills after which nothing says whether the provider was asked."""


def _dooms() -> list[Doom]:
    whens = ("before", "after")
    workers = [Doom(WORKER, f"{when} {at}", family=True) for at in WORKERS for when in whens]
    places = ("bought", "removed")
    return workers + [Doom(CONTROL, f"{when} {at}") for at in places for when in whens]


def test_kills_at_every_boundary_buy_nothing_twice(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    sentence = tmp_path / "doom"
    more = {"PROVIDER_KEYS": KEYS, "USER_JOBS": "100", doomed.FILE: str(sentence)}
    counts = {"kills": 0, "unknown": 0, "sold": 0}
    with selling() as provider, Deployment(tmp_path, redis_server, **more) as system:
        sell_at(system, provider.url)
        system.prefix = ("nice",)  # executed, because a fork has imported what is wrapped
        started = 0

        def start(role: str, environment: str = "") -> None:
            nonlocal started
            started += 1
            words = [environment] if environment else []
            name = f"{environment or 'control'}-{started}"
            system.start(name, "tests.faults.doomed", role, *words)

        for environment in ("hosted", "media"):
            start(WORKER, environment)
        start(CONTROL)
        until(lambda: len(system.nodes()) >= 2, "the workers beat", 120)
        for doom in _dooms():
            before = len(provider.sold)
            doom.pronounce(sentence)
            job_id = order(system)
            until(lambda: not sentence.exists(), f"a process dies {doom.place}", 120)
            counts["kills"] += 1
            at = doom.place.split()[1]
            start(doom.role, WORKERS.get(at, ""))
            job = system.until_ended(job_id, 240)
            (call,) = calls_of(system, job_id)
            bought = len(provider.sold) - before
            counts["sold"] += bought
            counts["unknown"] += call.state == "unknown"
            assert bought <= 1, doom
            if call.state == "unknown":
                assert doom.place in UNKNOWN_AFTER, doom
                assert (call.spent, job.error_code) == (True, "PURCHASE_UNKNOWN")
            else:
                assert (job.state, bought) == (JobState.SUCCEEDED, 1), (doom, job.error_message)
        assert counts["unknown"] <= counts["kills"]
        print(json.dumps(counts))
