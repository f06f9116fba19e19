"""Uploads are judged by a worker: the answer says what a job would make of them."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from gpu_worker.media import ffmpeg
from gpu_worker.models.catalog import MODELS
from tests.deployment import Deployment
from tests.gpu_worker.engines.faces import Rgb, astronaut, castiglione
from tests.services.freezing import frozen
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.samples import recording

SPEECH = Path(__file__).parents[2] / "gpu_worker/engines/recordings/austen.flac"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A whole system whose worker examines uploads."""
    directory = tmp_path_factory.mktemp("examining")
    (directory / "redis").mkdir()
    variables = {"EXAMINE_UPLOADS": "on", "EXAMINE_WAIT_SECONDS": "60"}
    with (
        RedisServer(directory / "redis") as server,
        Deployment(directory, server, **variables) as built,
    ):
        built.start_control()
        built.start_workers("lite")
        yield built


@pytest.fixture(scope="module")
def caller(system: Deployment) -> Iterator[Caller]:
    with httpx.Client(base_url=system.start_web(), timeout=90) as http:
        yield Caller(http)


def sent(rgb: Rgb) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    return file.getvalue()


@cache
def silence() -> bytes:
    command = [ffmpeg.executable(), "-loglevel", "error", "-f", "lavfi", "-i", "anullsrc"]
    command += ["-t", "2", "-f", "wav", "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def uploaded(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert body["examination"]["state"] == "done", body["examination"]
    return body


def test_a_portrait_is_answered_with_its_face_and_its_crops(caller: Caller) -> None:
    body = uploaded(caller.face(caller.session(), sent(astronaut())))
    (face,) = body["faces"]
    assert face["usable"]
    assert face["error_code"] is None
    box = face["box"]
    assert 140 < box["left"] < 200
    assert 40 < box["top"] < 100
    assert 80 < box["width"] < 140
    assert 50 < face["quality"]["eyes"] < 75
    verdict = body["examination"]
    assert verdict["usable"]
    assert verdict["face_index"] == 0
    assert [w["code"] for w in verdict["warnings"]] == ["FEW_PIXELS"]
    assert {crop["aspect_ratio"] for crop in verdict["crops"]} == {"9:16", "16:9", "1:1"}
    for crop in verdict["crops"]:
        with Image.open(io.BytesIO(caller.http.get(crop["signed_url"]).content)) as shown:
            assert shown.size == (crop["width"], crop["height"])


def test_a_job_that_is_larger_than_its_face_is_warned_about_few_pixels(caller: Caller) -> None:
    session_id = caller.session()
    face = uploaded(caller.face(session_id, sent(astronaut())))["faces"][0]
    sharp = face["quality"]["height"] or 0

    def warned(height: int, **options: Any) -> list[str]:
        answer = caller.start(session_id, height=height, **options)
        assert answer.status_code == 202, answer.text
        caller.http.post(f"/process/{answer.json()['job_id']}/cancel")
        return [w["code"] for w in answer.json()["warnings"] if w["code"] == "FEW_PIXELS"]

    assert warned(1080) == ["FEW_PIXELS"]
    assert warned(1080, mode="simulation") == []
    if sharp:
        assert warned(sharp) == []


def test_pictures_suggest_voices_which_starts_take(caller: Caller) -> None:
    if any(MODELS[name].missing() for name in ("face-api", "kokoro")):
        pytest.skip("files are absent: python config/setup/voices.py")
    voices = []
    for rgb in (astronaut(), castiglione()):
        session_id = caller.session()
        (face,) = uploaded(caller.face(session_id, sent(rgb)))["faces"]
        started = caller.start(session_id, mode="auto").json()
        caller.http.post(f"/process/{started['job_id']}/cancel")
        assert started["suggested_voice"]["register"] == face["suggested_voice"]["register"]
        voices.append(started["suggested_voice"]["id"])
    assert voices == ["af_heart", "am_michael"]


def test_a_picture_without_a_face_is_refused_at_the_start(caller: Caller) -> None:
    session_id = caller.session()
    blank = np.full((400, 400, 3), 130, np.uint8)
    body = uploaded(caller.face(session_id, sent(blank)))
    assert body["faces"] == []
    assert body["examination"]["error_code"] == "NO_FACE"
    assert not body["examination"]["usable"]
    problem(caller.start(session_id, mode="auto"), 422, "NO_FACE")


@pytest.mark.slow
def test_several_faces_need_a_choice(caller: Caller) -> None:
    session_id = caller.session()
    body = uploaded(caller.face(session_id, sent(np.hstack([astronaut()] * 2))))
    assert [face["usable"] for face in body["faces"]] == [True, True]
    assert body["examination"]["error_code"] == "SEVERAL_FACES"
    assert {crop["face_index"] for crop in body["examination"]["crops"]} == {0, 1}
    problem(caller.start(session_id, mode="auto"), 422, "SEVERAL_FACES")
    problem(caller.start(session_id, mode="auto", face_index=2), 422, "NO_FACE")


@pytest.mark.slow
def test_a_recording_is_judged(caller: Caller) -> None:
    session_id = caller.session()
    body = uploaded(caller.voice(session_id, SPEECH.read_bytes(), "me.flac"))
    sound = body["examination"]["sound"]
    assert body["examination"]["usable"]
    assert 5 < sound["speech_seconds"] <= sound["seconds"] < 8
    silent = uploaded(caller.voice(session_id, silence()))["examination"]
    assert (silent["usable"], silent["error_code"]) == (False, "VOICE_REFUSED")
    tone = uploaded(caller.voice(session_id, recording(2)))["examination"]
    assert tone["error_code"] == "VOICE_REFUSED"


def test_a_busy_worker_makes_the_verdict_pending(
    system: Deployment,
) -> None:
    address = system.start_web("hasty", "web.wsgi", EXAMINE_WAIT_SECONDS="0.2")
    with httpx.Client(base_url=address, timeout=90) as http:
        hasty = Caller(http)
        session_id = hasty.session()
        with frozen(system.process("worker-0").pid):
            answer = hasty.face(session_id, sent(astronaut()))
        assert answer.status_code == 201
        assert answer.json()["examination"] == {"state": "pending"}
        where = f"/api/uploads/{answer.json()['upload_id']}"

        def judged() -> bool:
            state = hasty.http.get(where, headers={"X-Session-ID": session_id}).json()
            return bool(state["examination"]["state"] == "done")

        until(judged, "the verdict is recorded", 30)
