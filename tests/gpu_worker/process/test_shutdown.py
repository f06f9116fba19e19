"""A worker that hears of its end in time ends what it does, and takes nothing new."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from gpu_worker.process.shutdown import termination_notice
from tests.deployment import Deployment
from tests.fleet.depot import again, start
from tests.services.http_server import Answer, Asked, serving
from tests.services.redis_server import RedisServer
from tests.services.waiting import until


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (Answer(status=404), False),
        (Answer(b"FALSE\n"), False),
        (Answer(b"TRUE"), True),
        (Answer(b'{"action": "terminate", "time": "2026-09-18T08:22:00Z"}'), True),
        (Answer(status=500), False),
    ],
)
def test_a_termination_notice_is_read_from_the_answer_of_a_cloud(
    answer: Answer, means: bool
) -> None:
    with serving() as cloud:
        cloud.answer = lambda _: answer
        assert termination_notice(f"{cloud.url}/notice") is means
        assert cloud.asked[0].headers["metadata-flavor"] == "Google"
    assert not termination_notice(f"{cloud.url}/notice")  # no server


def test_amazons_second_protocol_needs_a_token() -> None:
    with serving() as cloud:

        def answer(asked: Asked) -> Answer:
            if asked.method == "PUT":
                return Answer(b"A-Token")
            given = asked.headers.get("x-aws-ec2-metadata-token")
            return Answer(b"{}") if given == "A-Token" else Answer(status=401)

        cloud.answer = answer
        assert termination_notice(f"{cloud.url}/latest/meta-data/spot/instance-action")
        assert [asked.method for asked in cloud.asked] == ["GET", "PUT", "GET"]


@pytest.mark.slow
def test_sigterm_lets_the_running_stage_finish(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, SIMULATION_SPEED="0.1") as deployment:
        deployment.start_control()
        first = start(deployment, "lite", name="first", DRAIN_SECONDS="60")
        _, job_id = deployment.submit(script="One scene only.")
        assert deployment.until_running(job_id, "animate").worker == first.name  # for six seconds
        deployment.process("first").send_signal(signal.SIGTERM)
        until(lambda: again(deployment, first).draining, "it says that it takes nothing new")
        second = start(deployment, "lite", name="second")
        animated = deployment.until_done(job_id, "animate")
        assert (animated.worker, animated.attempt) == (first.name, 1)
        deployment.until_exited("first")
        assert deployment.until_ended(job_id).state == "succeeded"
        assert {r.worker for r in deployment.runs(job_id) if r.stage == "enhance"} == {second.name}


@pytest.mark.slow
def test_a_spot_notice_drains_the_worker(deployment: Deployment) -> None:
    with serving() as cloud:
        cloud.answer = lambda _: Answer(status=404)
        node = start(deployment, "lite", name="spot", SPOT_NOTICE_URL=f"{cloud.url}/notice")
        until(lambda: bool(cloud.asked), "it asks")
        assert not again(deployment, node).draining
        cloud.answer = lambda _: Answer(b"TRUE")
        until(lambda: again(deployment, node).draining, "it takes nothing new", 30)
        assert again(deployment, node).queues == set()
