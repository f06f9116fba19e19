"""What operators see of the last hours, and what the owner of a video may delete."""

from __future__ import annotations

from tests.house import House


def test_the_last_hours_and_the_end_of_a_video(house: House) -> None:
    api = house.app.test_client()
    session_id, job_id = house.accept(script="One scene only, and a short one.")
    assert api.delete(f"/process/{job_id}").json["error_code"] == "JOB_OPEN"
    house.start_control()
    house.start_workers("lite")
    house.until_ended(job_id)

    told = api.get("/operations?hours=1").json
    assert sum(bucket["succeeded"] for bucket in told["jobs"]) == 1
    assert told["jobs"][-1]["succeeded"] == 1
    assert len(told["jobs"]) * told["bucket_seconds"] == 3600
    assert told["open_jobs"] == {"queued": 0, "running": 0}
    times = {stage["stage"]: stage for stage in told["stages"]}
    assert times["assemble"]["runs"] == 1
    assert times["assemble"]["medians"][-1] == times["assemble"]["median_seconds"] > 0
    assert told["queues"]["lite"] == 0
    assert told["failures"] == []

    job = api.get(f"/process/{job_id}").json
    assert job["title"] == "One scene only, and a short one."
    assert job["expires_at"] > job["finished_at"]
    assert {stage["worker"] for stage in job["stages"]} == {house.runs(job_id)[0].worker}

    assert api.delete(f"/process/{job_id}").status_code == 204
    assert api.get(f"/outputs/{session_id}").json["outputs"] == []
    (gone,) = api.get(f"/session/{session_id}/status").json["jobs"]
    assert gone["expired_at"] is not None
    assert api.delete("/process/nothing").status_code == 404


def test_the_last_hours_are_for_operators(house: House) -> None:
    stranger = house.app.test_client()
    answer = stranger.get("/operations", headers={"X-Forwarded-For": "192.0.2.1"})
    assert answer.json["error_code"] == "OPERATORS_ONLY"
    assert stranger.get("/operations?hours=1000").status_code == 422
