"""What a process keeps of the work that it has sent away."""

from __future__ import annotations

import gc

from celery.result import AsyncResult

from tests.deployment import Deployment
from tests.web import fake_nodes


def test_nothing_is_remembered_of_a_dispatch(deployment: Deployment) -> None:
    fake_nodes.beat(deployment.services.redis, *fake_nodes.simulated())
    _, job_id = deployment.submit()
    assert deployment.job(job_id).published
    gc.collect()
    assert not [known for known in gc.get_objects() if isinstance(known, AsyncResult)]
