"""No message is lost when the process that sends it is killed, at every point of a delivery."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.deployment import Deployment
from tests.faults.doomed_controller import POINTS
from tests.faults.webhook_sites import add_jobs, add_user, add_webhooks, end
from tests.services.redis_server import RedisServer
from tests.services.tls import authority
from tests.services.waiting import until
from tests.services.webhook_receiver import Reply, WebhookReceiver
from web.db.engine import reading
from web.webhooks.models import WebhookDelivery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

JOBS = 6
REPEATED = {"answered", "recording", "waiting"}
"""Where the receiver has messages and the database does not know."""
UNSENT = {"published", "queued", "claimed", "connecting"}
"""Where the receiver has nothing yet. After a record, others may be under way."""


@pytest.mark.parametrize("point", [*POINTS, "waiting"])
def test_no_message_is_lost(tmp_path: Path, redis_server: RedisServer, point: str) -> None:
    trusted = authority(tmp_path)
    settings = {"WEBHOOK_LOOPBACK": "1", "SSL_CERT_FILE": str(trusted.ca)}
    with (
        WebhookReceiver(trusted.server()) as receiver,
        Deployment(tmp_path, redis_server, **settings) as deployment,
    ):
        user_id = add_user(deployment)
        add_webhooks(deployment, user_id, [receiver.url("/one"), receiver.url("/two")])
        jobs = add_jobs(deployment, user_id, JOBS)
        if point == "waiting":
            receiver.reply = lambda _: Reply(hang=True)
            deployment.start_control("doomed")
        else:
            module = "tests.faults.doomed_controller"
            deployment.start("doomed", module, CALLSHEET_TEST_KILL_AT=point)
        for job_id in jobs:
            end(deployment, job_id)
        if point == "waiting":
            receiver.wait_for(2)
            receiver.reply = lambda _: Reply()
            deployment.kill("doomed")
        else:
            deployment.until_exited("doomed", 60)
        deployment.start_control()

        def states() -> Counter[str]:
            with deployment.app.app_context(), reading() as db:
                return Counter(db.scalars(select(WebhookDelivery.state)))

        until(lambda: states() == {"delivered": 2 * JOBS}, f"all are delivered: {states()}", 90)
        received = Counter((one.path, one.headers["webhook-id"]) for one in receiver.received)
    repeated = received.total() - len(received)
    print(f"{point}: {len(received)} messages, {repeated} repeated")
    assert len(received) == 2 * JOBS
    assert repeated > 0 or point not in REPEATED
    assert repeated == 0 or point not in UNSENT
    assert max(received.values()) <= 2, "each is sent again once at most"
