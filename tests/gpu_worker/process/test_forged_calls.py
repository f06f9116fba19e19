"""A worker among messages that the control plane has not sent."""

from __future__ import annotations

import base64
import json

from tasks.messaging.stage_call import StageCall
from tests.deployment import Deployment
from tests.services.waiting import until

FORGED = StageCall("somebody-elses-job", 1, 1, "script", None)
SENT = {
    "body": base64.b64encode(json.dumps([FORGED.args, {}, {}]).encode()).decode(),
    "content-encoding": "utf-8",
    "content-type": "application/json",
    "headers": {"lang": "py", "task": "stage.script", "id": FORGED.task_id, "timelimit": "never"},
    "properties": {
        "correlation_id": FORGED.task_id,
        "delivery_info": {"exchange": "", "routing_key": "lite"},
        "delivery_mode": 2,
        "delivery_tag": "tag",
        "priority": 0,
        "body_encoding": "base64",
    },
}
BUILT_IN = {**SENT, "headers": {"lang": "py", "task": "celery.backend_cleanup", "id": "tidy"}}
UNREADABLE = [
    "{",
    "[]",
    "7",
    "null",
    '"text"',
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe",
    "[" * 100_000,
    '{"__type__": "decimal", "__value__": "much"}',
    '{"__type__": "uuid", "__value__": 7}',
    '{"__type__": "soap", "__value__": 7}',
    json.dumps(SENT | {"properties": None}),
    json.dumps(SENT | {"headers": []}),
    json.dumps(SENT),
    json.dumps(BUILT_IN),
]


def test_a_worker_drops_forged_calls_and_continues(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite")
    worker = deployment.process("worker-0")
    for unreadable in UNREADABLE:
        deployment.services.redis.rpush("lite", unreadable)
    until(lambda: deployment.services.redis.llen("lite") == 0, "all are taken")
    _, job_id = deployment.submit(script="One sentence is enough for this film.")
    assert deployment.until_ended(job_id).state == "succeeded"
    assert worker.is_running()
    assert deployment.log.count("message dropped [queue=lite") == len(UNREADABLE)
