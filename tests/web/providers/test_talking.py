"""Clips of people who speak to the camera: by a local model, and with the scenes of projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.domain.artifact import Blob
from tasks.domain.hosted import SPEECH, ClipOrder
from tasks.domain.video_plan import Material, ModelChoice, VideoPlan, VideoScene
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.providers.clips import sell_at
from web.db.engine import reading
from web.projects import choices
from web.projects.models import VideoProject
from web.providers import choosing
from web.providers.choosing import ClipRequest
from web.providers.errors import NoModelFits

SPOKEN = ClipRequest("A host", 4.0, "9:16", first_frame="x", speech="Hello there.")
HERE = {"local", "shop"}


@pytest.fixture
def system(deployment: Deployment) -> Iterator[Deployment]:
    sell_at(deployment, "http://127.0.0.1:9")
    with deployment.app.app_context():
        yield deployment


def chosen(system: Deployment, wanted: ClipRequest) -> str:
    with reading() as db:
        return choosing.choose(system.services, db, wanted, HERE).candidate.model.id


def test_only_a_model_that_speaks_is_chosen_for_speech(system: Deployment) -> None:
    assert chosen(system, SPOKEN) == "local/talking-head"
    assert chosen(system, replace(SPOKEN, speech="")) == "shop/one"
    assert chosen(system, replace(SPOKEN, model="Talking head")) == "local/talking-head"
    with pytest.raises(NoModelFits, match="lets no person speak"):
        chosen(system, replace(SPOKEN, model="shop/one"))
    with pytest.raises(NoModelFits, match="`speech`"):
        chosen(system, replace(SPOKEN, model="Talking head", speech=""))
    with pytest.raises(NoModelFits, match="first frame"):
        chosen(system, replace(SPOKEN, model="Talking head", first_frame=""))


def test_without_a_statement_of_consent_no_face_speaks(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with (
        Deployment(tmp_path, redis_server, CONSENT="required") as system,
        system.app.app_context(),
        pytest.raises(NoModelFits, match="consent"),
    ):
        chosen(system, replace(SPOKEN, model="Talking head"))


def test_a_clip_without_speech_is_described_as_before() -> None:
    plain = ClipRequest("A fox", 5.0, "16:9")
    assert not set(SPEECH) & plain.to_options().keys()
    assert ClipRequest.of_options(SPOKEN.to_options()) == SPOKEN
    assert ClipOrder("A fox", 5.0, "16:9").speech == ""


def test_a_scene_that_speaks_to_the_camera_is_made_by_it(
    system: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Blob("a" * 64, 10, "image/png")
    monkeypatch.setattr(choosing, "reachable_providers", lambda _: HERE)
    monkeypatch.setattr(choices, "first_frame", lambda *_: picture)
    scene = VideoScene(
        *("one", 4.0, "A host in a studio"),
        voice_line="Hello there.",
        to_camera=True,
        material=Material("picture", "a" * 64),
    )
    others: dict[str, Any] = {
        "silent": {"voice_line": ""},
        "of-a-recording": {"voice": "upload"},
        "behind": {"to_camera": False},
    }
    scenes = (scene, *(replace(scene, id=name, **more) for name, more in others.items()))
    plan = VideoPlan(scenes, model=ModelChoice("shop/one"))
    with reading() as db:
        found = choices.of_plan(system.services, db, VideoProject(owner="me"), plan, ())
    models = [one.chosen.candidate.model.id for one in found]
    assert models == ["local/talking-head", "shop/one", "shop/one", "shop/one"]
    assert (found[0].order.speech, found[0].order.speech_language) == ("Hello there.", "en")
    assert found[0].chosen.candidate.price_micro == 0
    assert found[0].key("s") != replace(found[0], scene=scenes[1]).key("t")
