"""A clip without any key: a `lite` worker makes it with a local model, and says so."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.gpu_worker.engines.faces import astronaut
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.providers.clips import calls_of, order, picture_of
from web.providers import catalogue


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_lite_worker_lets_a_person_speak(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server) as system:
        face = picture_of(system, cv2.imencode(".png", astronaut()[:, :, ::-1])[1].tobytes())
        system.start_control()
        system.start_workers("lite")
        wanted = {"model": "Talking head", "first_frame": face, "speech": "Hello there."}
        job_id = order(system, duration=2.0, ratio="9:16", resolution="360p", **wanted)
        job = system.until_ended(job_id, 180)
        assert job.state == JobState.SUCCEEDED, job.error_message
        assert job.result is not None
        facts = job.result["facts"]
        assert (facts["kind"], facts["move"], facts["width"]) == ("lite", "speaks", 360)
        (call,) = calls_of(system, job_id)
        assert (call.model_id, call.spent, call.order["speech"]) == (
            *("local/talking-head", False),
            "Hello there.",
        )


def test_a_lite_worker_makes_a_clip_and_makes_it_once(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server) as system:
        system.start_control()
        system.start_workers("lite")
        wanted = {"prompt": "Snow falls", "model": "", "ratio": "9:16", "resolution": "360p"}
        first = order(system, duration=2.0, **wanted)
        job = system.until_ended(first)
        assert job.state == JobState.SUCCEEDED, job.error_message
        assert job.result is not None
        facts = job.result["facts"]
        assert (facts["kind"], facts["mood"], facts["seconds"]) == ("lite", "snow", 2.0)
        assert (facts["width"], facts["height"]) == (360, 640)
        assert "lite" in facts["why"]
        (call,) = calls_of(system, first)
        assert (call.state, call.spent, call.model_id) == ("done", False, "local/camera-moves")

        def heard() -> list[str]:
            return [event.event_type.value for event in system.ledger(first)]

        until(lambda: "pipeline_completed" in heard(), "the end is in the database")
        assert heard()[0] == "stage_started"
        again = order(system, duration=2.0, **wanted)
        assert system.until_ended(again).state == JobState.SUCCEEDED
        (repeated,) = calls_of(system, again)
        assert repeated.artifact == call.artifact
        with system.app.app_context():
            (known,) = catalogue.models(system.services, provider="local", state="released")[:1]
            assert (known["kind"], known["available"]) == ("lite", True)
