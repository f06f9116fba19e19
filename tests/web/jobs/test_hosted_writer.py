"""A topic written by a hosted model, through real workers: keys, limits and refusals arrive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.http_server import Answer, Asked, Server, serving
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

LINES = ("Bees dance to tell the way.", "They measure by the sun.")
KEY = "a-very-secret-key"


def written(server: Server) -> Answer:
    """Not the first time: then it is too busy, and says for how long."""
    if len(server.asked) == 1:
        busy = {"code": 429, "message": f"{KEY} asks too often", "status": "RESOURCE_EXHAUSTED"}
        return Answer.of({"error": busy}, 429, retry_after="1")
    text = json.dumps({"scenes": [{"text": line} for line in LINES]})
    content = {"role": "model", "parts": [{"text": text}]}
    return Answer.of({"candidates": [{"content": content, "finishReason": "STOP"}]})


def forbidden(_asked: Asked) -> Answer:
    return Answer.of({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})


def test_a_topic_is_written_and_what_is_forbidden_is_said(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with serving() as server:
        server.answer = lambda _asked: written(server)
        outside = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": server.url}
        with Deployment(tmp_path, redis_server, **outside) as deployment:
            deployment.start_control()
            deployment.start_workers("script", "lite")
            wish = {"script": None, "scenes": 2, "engines": {"script": "gemini"}}
            _, job_id = deployment.submit(topic="Bees", **wish)
            job = deployment.until_ended(job_id)
            assert job.state == JobState.SUCCEEDED, job.error_message
            assert len(server.asked) == 2  # it came back after the limit
            assert job.result is not None
            assert "script" not in job.result["simulated"]

            server.answer = forbidden
            _, job_id = deployment.submit(topic="Something else", **wish)
            job = deployment.until_ended(job_id)
            assert (job.state, job.error_code) == (JobState.FAILED, "SCRIPT_REFUSED")
            assert "choose another one" in (job.error_message or "")
            assert KEY not in deployment.log


@pytest.mark.slow
def test_two_models_share_no_answer(tmp_path: Path, redis_server: RedisServer) -> None:
    """Not from the cache, and not where workers with either of them run side by side."""

    def answer(asked: Asked) -> Answer:
        text = json.dumps({"scenes": [{"text": f"By {_model(asked)}, line {n}."} for n in (1, 2)]})
        content = {"role": "model", "parts": [{"text": text}]}
        return Answer.of({"candidates": [{"content": content, "finishReason": "STOP"}]})

    with serving() as server:
        server.answer = answer
        outside = {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": server.url}
        with Deployment(tmp_path, redis_server, **outside) as deployment:
            deployment.start_control()
            deployment.start_workers("lite")
            wish = {"script": None, "scenes": 2, "engines": {"script": "gemini"}, "seed": 1}

            def asked_for(topic: str) -> list[str]:
                before = len(server.asked)
                _, job_id = deployment.submit(topic=topic, **wish)
                assert deployment.until_ended(job_id).state == JobState.SUCCEEDED
                return [_model(asked) for asked in server.asked[before:]]

            deployment.start("one", "gpu_worker", "script", GEMINI_MODEL="one")
            until(lambda: len(deployment.nodes()) == 2, "the first model's worker beats", 60)
            assert asked_for("Bees") == ["one"]
            assert asked_for("Bees") == []
            deployment.start("two", "gpu_worker", "script", GEMINI_MODEL="two")
            until(lambda: len(deployment.nodes()) == 3, "the second model's worker beats", 60)
            # Each of these is planned for one of the two, and written by that one.
            for topic in ("Ants", "Wasps", "Moths"):
                (model,) = asked_for(topic)
                assert asked_for(topic) in ([], [_other(model)])
            deployment.kill_tree("one")
            until(lambda: len(deployment.nodes()) == 2, "only the second is there", 60)
            assert asked_for("Bees") == ["two"]


def _model(asked: Asked) -> str:
    return asked.path.rpartition("/")[2].partition(":")[0]


def _other(model: str) -> str:
    return "two" if model == "one" else "one"
