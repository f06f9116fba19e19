"""A scene is heard before its job starts, and the job reuses what was heard."""

from __future__ import annotations

import io
import wave

import httpx
import pytest
from flask.testing import FlaskClient

from tasks.domain.artifact import Artifact
from tasks.domain.job import JobOptions
from tasks.domain.planner import Request
from tests.deployment import Deployment, small_picture
from tests.services.waiting import until
from tests.web import fake_nodes
from tests.web.samples import recording
from web.jobs import scene_previews
from web.services import current_services

TEXT = "This sentence is heard before the start."


@pytest.mark.slow
def test_a_scene_is_heard_before_its_job_which_reuses_it(shared_deployment: Deployment) -> None:
    """Another session cannot hear it; it is no job, and has no place in the library."""
    api = httpx.Client(base_url=shared_deployment.start_web(), timeout=30)
    mine, others = _key(api), _key(api)
    scene = {"session_id": mine["X-Session-ID"], "text": TEXT, "mode": "simulation"}
    made = api.post("/api/previews", json=scene, headers=mine)
    assert made.status_code == 202
    url = made.json()["url"]

    def heard() -> httpx.Response | None:
        answer = api.get(url, headers=mine)
        return answer if answer.status_code != 202 else None

    answer = until(heard, "the scene is spoken")
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getnframes() > 0
    assert api.get(url, headers=others).json()["error_code"] == "PREVIEW_NOT_FOUND"
    assert api.get(url).json()["error_code"] == "SESSION_REQUIRED"
    files = {"file": ("face.png", small_picture())}
    data = {"session_id": mine["X-Session-ID"]}
    assert api.post("/upload/face", data=data, files=files, headers=mine).status_code == 201
    start = {"session_id": data["session_id"], "script": f"{TEXT}\n---", "mode": "simulation"}
    job = api.post("/process/start", json=start, headers=mine).json()["job_id"]
    shared_deployment.until_ended(job)
    found = {run.step: run.found for run in shared_deployment.runs(job)}
    assert found["voice.0"]
    assert not found["animate.0"]
    listed = api.get("/api/jobs", headers=mine).json()["jobs"]
    assert [one["job_id"] for one in listed] == [job]


def test_a_scene_that_a_worker_has_spoken_is_heard(standing: FlaskClient) -> None:
    """What the worker does is done here; `make examples` takes its examples from here."""
    visitor = standing.application.test_client()
    session = (visitor.post("/session/create", json={"user_id": "ada"}).json or {})["session_id"]
    with standing.application.app_context():
        fake_nodes.beat(current_services().redis, *fake_nodes.simulated())
    scene = {"session_id": session, "text": TEXT, "mode": "simulation"}
    asked = visitor.post("/api/previews", json=scene)
    assert asked.status_code == 202, asked.text
    preview = asked.json or {}
    spoken = recording(1.0)
    with standing.application.app_context():
        store = current_services().artifacts
        sound = {"speech.wav": store.put_bytes(spoken, "audio/wav")}
        made = store.commit(Artifact("ab" * 32, "voice", "simulated", sound, {}))
        described = preview["preview_id"], scene_previews.REVISION, scene_previews.SPEECH
        store.record(*described, made.key)
    heard = visitor.get(preview["url"], headers={"X-Session-ID": session})
    assert (heard.status_code, heard.mimetype) == (200, "audio/wav")
    assert heard.data == spoken


def test_each_part_between_marks_has_its_voice() -> None:
    """A part that is too long for one scene passes its voice to all of its scenes."""
    long = "Every word of this part counts, and there are far too many of them. " * 4
    script = f"{long}\n---\nShort."
    options = JobOptions(script=script, scene_voices=["af_heart", "am_adam"])
    voices = Request("", "", options, {}).scene_voices
    assert len(voices) > 2
    assert set(voices[:-1]) == {"af_heart"}
    assert voices[-1] == "am_adam"


def _key(api: httpx.Client) -> dict[str, str]:
    made = api.post("/session/create", json={"user_id": "ada"}).json()
    return {"X-Session-ID": made["session_id"]}
