"""From the public doors alone: a face and a script in, live events, an MP4 out."""

from __future__ import annotations

from itertools import pairwise

import httpx

from tasks.domain.events import id_order
from tests.house import THREE_SCENES, House
from tests.integration.caller import Caller
from tests.integration.listening import listening
from tests.services.waiting import until
from web.system.ports import a_free_one


def test_a_video_by_rest_and_socketio(house: House) -> None:
    port = a_free_one()
    address = f"http://127.0.0.1:{port}"
    house.start("web", "web.wsgi", PORT=str(port))
    house.start_control()
    house.start_workers("lite", "lite")
    with httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        until(lambda: _ready(http), "the system is ready", 60)
        session_id = caller.ready_session()
        with listening(address) as listener:
            assert listener.subscribe(session_id)["ok"]
            answer = caller.start(session_id, script=THREE_SCENES, mode="simulation", height=240)
            assert answer.status_code == 202, answer.text
            job_id = answer.json()["job_id"]
            events = [listener.next(60)]
            while not events[-1]["event_type"].startswith("pipeline_"):
                events.append(listener.next(60))
        job = http.get(f"/process/{job_id}").json()
        final = events[-1]["details"]["final_output"]
        # Who hears "completed" can download.
        video = http.get(final["url"])
        listed = http.get(f"/outputs/{session_id}").json()["outputs"]

    assert events[-1]["event_type"] == "pipeline_completed", events[-1]
    about_job = [event for event in events if event["job_id"] == job_id]
    assert about_job[0]["event_type"] == "processing_started"
    assert [e["event_type"] for e in about_job].count("stage_completed") == 12
    for earlier, later in pairwise(about_job):
        assert id_order(earlier["event_id"]) < id_order(later["event_id"])
        assert earlier["progress_percent"] <= later["progress_percent"]

    assert job["state"] == "succeeded"
    assert job["percent"] == 100.0
    assert {stage["state"] for stage in job["stages"]} == {"done"}
    assert job["result"]["engines"]["assemble"]["kind"] != "simulated"
    assert job["result"]["simulated"] == ["animate", "enhance", "face", "script", "voice"]

    assert video.status_code == 200
    assert video.headers["content-type"] == "video/mp4"
    assert video.content[4:8] == b"ftyp"
    assert len(video.content) == final["bytes"]
    assert {"final_output", "audio", "image", "script"} <= {file["kind"] for file in listed}


def _ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
