"""What a process keeps of the work that it has sent away."""

from __future__ import annotations

import gc

from celery.result import AsyncResult

from tests.deployment import House
from tests.web import fake_nodes


def test_nothing_is_remembered_of_a_dispatch(house: House) -> None:
    fake_nodes.beat(house.services.redis, *fake_nodes.simulated())
    _, job_id = house.submit()
    assert house.job(job_id).published
    gc.collect()
    assert not [known for known in gc.get_objects() if isinstance(known, AsyncResult)]
