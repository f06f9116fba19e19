"""From a job's end to its arrival at 100 webhooks of which 10 never answer."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM
from tests.deployment import Deployment
from tests.faults.webhook_sites import add_jobs, add_user, add_webhooks, end
from tests.services.redis_server import RedisServer
from tests.services.tls import authority
from tests.services.waiting import until
from tests.services.webhook_receiver import Received, Reply, WebhookReceiver
from web.webhooks import registry

WEBHOOKS = size(100, 5)
HANGING = size(10, 1)
JOBS = size(100, 2)
PAUSE = 1.0
"""Between two ends: 100 messages a second."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_webhooks(
    tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MOST", WEBHOOKS)
    trusted = authority(tmp_path)
    settings = {**CALM, "WEBHOOK_LOOPBACK": "1", "SSL_CERT_FILE": str(trusted.ca)}
    with (
        WebhookReceiver(trusted.server()) as receiver,
        WebhookReceiver(trusted.server()) as silent,
        Deployment(tmp_path, redis_server, **settings) as deployment,
    ):
        silent.reply = lambda _: Reply(hang=True)
        user_id = add_user(deployment)
        urls = [silent.url(f"/{number}") for number in range(HANGING)]
        urls += [receiver.url(f"/{number}") for number in range(WEBHOOKS - HANGING)]
        add_webhooks(deployment, user_id, urls)
        jobs = add_jobs(deployment, user_id, JOBS)
        deployment.start_control()
        ended: dict[str, float] = {}
        began = time.monotonic()
        for number, job_id in enumerate(jobs):
            time.sleep(max(0.0, began + number * PAUSE - time.monotonic()))
            ended[job_id] = time.time()
            end(deployment, job_id)
        expected = JOBS * (WEBHOOKS - HANGING)
        until(lambda: len(receiver.received) >= expected, "all messages arrive", 300)
        spent = deployment.process("control").cpu_times()
    received = receiver.received
    late = [one.at - ended[_job(one)] for one in received]
    repeated = sum(Counter((one.path, _job(one)) for one in received).values()) - len(
        {(one.path, _job(one)) for one in received}
    )
    write(
        "webhooks",
        [
            Row(f"messages to {WEBHOOKS - HANGING} webhooks", len(received), "", ""),
            at_most("from a job's end to its arrival, p99", percentile(late, 0.99), "s", 1.0),
            Row("median", round(median(late), 3), "s", ""),
            Row("slowest", round(max(late), 3), "s", ""),
            at_most("repeated messages", repeated, "", 0),
            Row("CPU of the controller", round(spent.user + spent.system, 1), "s", ""),
        ],
    )


def _job(received: Received) -> str:
    _, _, rest = received.body.partition(b'"job_id":"')
    return rest.partition(b'"')[0].decode()
