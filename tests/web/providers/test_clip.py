"""A clip from the request to the file: a real controller and worker, and a provider of our own."""

from __future__ import annotations

from pathlib import Path

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.video_provider import selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, calls_of, order, sell_at


def test_a_clip_is_bought_once_fetched_and_delivered(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with selling() as provider, Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as system:
        sell_at(system, provider.url)
        system.start_control()
        system.start_workers("hosted", "media")
        job_id = order(system, label=True)
        job = system.until_ended(job_id)
        assert job.state == JobState.SUCCEEDED, job.error_message
        assert len(provider.sold) == 1
        assert provider.sold[0].body["promptText"] == "A fox in the snow"
        (call,) = calls_of(system, job_id)
        assert (call.state, call.key_label, call.told_micro) == ("done", "main", 600_000)
        assert job.result is not None
        assert job.result["final_output"]["filename"] == f"{job_id}-final.mp4"
        assert 4.5 < job.result["facts"]["seconds"] < 5.5
        facts = job.result["facts"]
        assert (facts["task"], facts["label"], facts["signed_by"]) == ("task-0", True, "self-made")
        known = system.services.artifacts.find(call.artifact)
        assert known is not None
        shown = {"final.mp4", "poster.jpg", "fingerprint.json"}
        assert set(known.parts) == shown | {"scene-final.mp4"}
        other = system.until_ended(order(system, label=True))  # with the same bytes
        assert other.state == JobState.SUCCEEDED, other.error_message

        def heard() -> list[str]:
            return [event.event_type.value for event in system.ledger(job_id)]

        until(lambda: "pipeline_completed" in heard(), "the end is in the database")
        assert heard()[0] == "stage_started"
        assert heard()[-2:] == ["stage_completed", "pipeline_completed"]
        assert "key-of-main" not in system.log
