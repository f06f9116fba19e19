"""A start without a voice takes the kind of voice that is suggested for its picture."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from config.settings import Settings
from tasks.domain.examination import ExaminedFace, Quality, Verdict
from tasks.domain.offers import Offer
from tasks.domain.voices import KOKORO_VOICES
from tasks.messaging.examination_call import examined_event
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.conftest import close
from tests.web.samples import picture
from web.app import create_app
from web.db.engine import reading, writing
from web.examinations import results, subjects
from web.jobs.models import Job
from web.sessions.models import Upload

FACE = ExaminedFace((10.0, 20.0, 90.0, 90.0), "", "", Quality(score=0.9, eyes=60.0, height=720))
LOWER = replace(FACE, voice_register="lower")
KOKORO = Offer(
    *("voice", "kokoro", "2", "lite", "lite"),
    languages=("en", "fr"),
    voices=tuple(voice for voice in KOKORO_VOICES if voice[0] in "abf"),
)


class Front:
    """A front end with a session and a picture."""

    def __init__(self, api: FlaskClient) -> None:
        self.api = api
        self.session_id = api.post("/session/create", json={"user_id": "ada"}).json["session_id"]
        self.headers = {"X-Session-ID": self.session_id}
        form = {"session_id": self.session_id, "file": (io.BytesIO(picture()), "a.png")}
        self.upload_id = api.post("/upload/face", data=form).json["upload_id"]

    def judged(self, *found: ExaminedFace) -> None:
        verdict = Verdict(width=320, height=300, chosen=0, faces=found)
        with writing() as db:
            subjects.record(db, f"upload:{self.upload_id}", verdict)

    def faces(self) -> Any:
        shown = self.api.get(f"/session/{self.session_id}/status", headers=self.headers).json
        return shown["uploads"][0]["faces"]

    def started(self, **options: Any) -> Any:
        sent = {"session_id": self.session_id, "script": "Hello there.", "mode": "auto", **options}
        answer = self.api.post("/process/start", json=sent)
        assert answer.status_code == 202, answer.text
        return answer.json

    def voice_of(self, job_id: str) -> dict[str, str]:
        with reading() as db:
            voice: dict[str, str] = db.get_one(Job, job_id).options["voice"]
            return voice


@pytest.fixture
def front_with(settings: Settings, redis_server: RedisServer) -> Iterator[Callable[..., Front]]:
    opened: list[Flask] = []

    def build(suggestions: str = "on") -> Front:
        fake_nodes.beat(redis_server.client(), *fake_nodes.simulated(), KOKORO)
        examination = replace(settings.examination, voice_suggestions=suggestions)
        app = create_app(replace(settings, examination=examination))
        opened.append(app)
        app.app_context().push()
        return Front(app.test_client())

    yield build
    for app in opened:
        close(app)


def test_a_start_takes_the_suggested_voice_and_says_so(front_with: Callable[..., Front]) -> None:
    front = front_with()
    front.judged(LOWER, FACE)
    suggested = front.faces()[0]["suggested_voice"]
    assert suggested["register"] == "lower"
    assert "Choose another voice freely" in suggested["reason"]
    assert front.faces()[1]["suggested_voice"] is None
    started = front.started()
    assert started["suggested_voice"] == {"id": "am_michael", **suggested}
    assert front.voice_of(started["job_id"]) == {"register": "lower"}


@pytest.mark.parametrize(
    "options",
    [
        {"voice": {"id": "af_sky"}},
        {"voice": {"register": "higher"}},
        {"face_index": 1},
        {"mode": "simulation"},
    ],
    ids=str,
)
def test_what_a_request_chooses_wins(
    front_with: Callable[..., Front], options: dict[str, Any]
) -> None:
    front = front_with()
    front.judged(LOWER, FACE)
    started = front.started(**options)
    assert started["suggested_voice"] is None
    assert front.voice_of(started["job_id"]) == options.get("voice", {})


def test_a_language_with_voices_of_one_kind_keeps_its_voice(
    front_with: Callable[..., Front],
) -> None:
    front = front_with()
    front.judged(LOWER)
    assert front.started(language="fr")["suggested_voice"] is None


def test_an_unsure_picture_suggests_nothing(front_with: Callable[..., Front]) -> None:
    front = front_with()
    front.judged(FACE)
    assert front.faces()[0]["suggested_voice"] is None
    started = front.started()
    assert started["suggested_voice"] is None
    assert front.voice_of(started["job_id"]) == {}


def test_off_by_setting_nothing_is_shown_or_used(front_with: Callable[..., Front]) -> None:
    front = front_with("off")
    front.judged(LOWER)  # from a time when the setting was on
    assert front.faces()[0]["suggested_voice"] is None
    started = front.started()
    assert started["suggested_voice"] is None
    assert front.voice_of(started["job_id"]) == {}


@pytest.mark.parametrize(("wanted", "stored"), [(True, "lower"), (False, "")])
def test_the_controller_stores_the_kind_of_voice_and_only_if_it_is_on(
    front_with: Callable[..., Front], wanted: bool, stored: str
) -> None:
    front = front_with()
    subject, verdict = f"upload:{front.upload_id}", Verdict(chosen=0, faces=(LOWER,))
    event = examined_event(subject, front.session_id, verdict)
    with writing() as db:
        results.apply(db, event, suggests_voices=wanted)
    with reading() as db:
        row = db.get_one(Upload, front.upload_id)
        assert row.verdict is not None
        assert row.verdict["faces"][0]["voice_register"] == stored


def test_no_table_has_an_age_or_a_gender(front_with: Callable[..., Front]) -> None:
    front = front_with()
    front.judged(LOWER)
    front.started()
    with reading() as db:
        names = db.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = {n: [list(r) for r in db.execute(text(f'SELECT * FROM "{n}"'))] for n in names}
    kept = json.dumps(rows, default=str)
    assert "lower" in kept
    for word in ("gender", "female", "male", '"age', "logit"):
        assert word not in kept, word
