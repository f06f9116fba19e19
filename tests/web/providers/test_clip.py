"""A clip from the request to the file: a real controller and worker, and a provider of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.gpu_worker.samples import marked
from tests.services.http_server import Answer, Asked
from tests.services.redis_server import RedisServer
from tests.services.video_provider import selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, calls_of, order, sell_at
from web.db.engine import writing
from web.jobs.models import Job
from web.providers import clips


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


@pytest.mark.slow
def test_a_marked_clip_is_refused_and_made_by_a_model_without_a_mark(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """A real worker finds the logo in the picture; the clip that is delivered has none."""
    frames = marked.clip(3)
    files = {}
    for name, shown in {"task-0": marked.with_mark(frames, 3), "task-1": frames}.items():
        files[name] = marked.film(shown, tmp_path / f"{name}.mp4").read_bytes()

    def sold(asked: Asked) -> Answer | None:
        name = asked.path.rpartition("/")[2].partition(".")[0]
        film = files.get(name) if asked.path.startswith("/files/") else None
        return None if film is None else Answer(film, headers={"content-type": "video/mp4"})

    with selling() as provider, Deployment(tmp_path, redis_server, PROVIDER_KEYS=KEYS) as system:
        provider.rule = sold
        sell_at(system, provider.url, one={}, two={})
        job_id = order(system, ratio="9:16")
        with system.app.app_context(), writing() as db:
            row = db.get_one(Job, job_id)
            row.options = row.options | {clips.UNMARKED: True}
        system.start_control()
        system.start_workers("hosted", "media")
        job = system.until_ended(job_id)
        assert job.state == JobState.SUCCEEDED, job.error_message
        calls = calls_of(system, job_id)
        assert [(one.model_id, one.state, one.cause) for one in calls] == [
            ("shop/one", "failed", "marked"),
            ("shop/two", "done", ""),
        ]
        assert job.result is not None
        assert job.result["facts"]["task"] == "task-1"
