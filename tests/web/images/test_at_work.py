"""A real worker judges and moderates what a library keeps, with the models of the packages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from gpu_worker.media.moderation import moderate
from tests.deployment import Deployment
from tests.gpu_worker.engines.faces import astronaut
from tests.services.freezing import frozen
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.uploads.test_examination import SPEECH, sent
from web.images import moderation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A whole system that examines and moderates."""
    directory = tmp_path_factory.mktemp("moderating")
    (directory / "redis").mkdir()
    variables = {"EXAMINE_UPLOADS": "on", "EXAMINE_WAIT_SECONDS": "60", "MODERATION": "local"}
    with (
        RedisServer(directory / "redis") as server,
        Deployment(directory, server, **variables) as built,
    ):
        built.start_control()
        built.start_workers("lite")
        yield built


@pytest.fixture(scope="module")
def address(system: Deployment) -> str:
    return system.start_web()


@pytest.fixture
def caller(address: str) -> Iterator[Caller]:
    """A front end with a session that owns itself, and so a library."""
    with httpx.Client(base_url=address, timeout=90) as http:
        found = Caller(http)
        http.headers["X-Session-ID"] = found.session()
        yield found


def keep(caller: Caller, data: bytes, name: str = "me.png", where: str = "images") -> Any:
    answer = caller.http.post(f"/api/{where}", files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def moderated(caller: Caller, image_id: str) -> str:
    """The state of a picture once it is no longer pending."""

    def state() -> str | None:
        found = caller.http.get(f"/api/images/{image_id}").json()["moderation"]
        return None if found == "pending" else str(found)

    return until(state, "the picture is moderated", 60)


@pytest.mark.parametrize(
    ("rgb", "below"),
    [
        (astronaut(), moderation.FLAG_AT),
        (np.full((400, 400, 3), 130, np.uint8), moderation.REJECT_AT),
        (np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8), moderation.REJECT_AT),
    ],
    ids=["portrait", "grey", "noise"],
)
def test_the_model_of_the_package_rejects_no_harmless_picture(
    rgb: Any, below: float, tmp_path: Path
) -> None:
    path = tmp_path / "picture.jpg"
    Image.fromarray(rgb).save(path)
    score = moderate(path).score
    print(f"score {score}")
    assert score is not None
    assert 0 <= score < below


def test_a_kept_portrait_is_judged_and_approved(caller: Caller) -> None:
    kept = keep(caller, sent(astronaut()))
    assert kept["examination"]["usable"], kept["examination"]
    (face,) = kept["faces"]
    assert 140 < face["box"]["left"] < 200
    assert {crop["aspect_ratio"] for crop in kept["examination"]["crops"]} == {
        "9:16",
        "16:9",
        "1:1",
    }
    for crop in kept["examination"]["crops"]:
        with Image.open(
            io.BytesIO(httpx.get(f"{caller.http.base_url}{crop['signed_url']}").content)
        ) as shown:
            assert shown.size == (crop["width"], crop["height"])
    assert moderated(caller, kept["id"]) == "approved"


def test_a_kept_recording_is_judged(caller: Caller) -> None:
    kept = keep(caller, SPEECH.read_bytes(), "me.flac", "voices")
    assert kept["examination"]["usable"]
    assert 5 < kept["examination"]["sound"]["speech_seconds"] < 8


def test_without_an_answer_a_picture_stays_pending_and_a_rejected_one_starts_no_job(
    system: Deployment, caller: Caller
) -> None:
    address = system.start_web("hasty", "web.wsgi", EXAMINE_WAIT_SECONDS="0.2")
    session = caller.http.headers["X-Session-ID"]
    with httpx.Client(base_url=address, timeout=90, headers={"X-Session-ID": session}) as http:
        hasty = Caller(http)
        with frozen(system.process("worker-0").pid):
            kept = keep(hasty, sent(astronaut()[::, ::-1]))
            assert kept["moderation"] == "pending"
            assert kept["examination"] == {"state": "pending"}
        assert moderated(hasty, kept["id"]) == "approved"
        decided = http.post(
            f"/moderation/{kept['id']}", json={"decision": "reject"}, headers=system.operator
        )
        assert decided.status_code == 200, decided.text
        refused = hasty.start(session, mode="auto", face_image_id=kept["id"])
        problem(refused, 422, "IMAGE_REJECTED")
