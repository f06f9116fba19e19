"""ElevenLabs, against a server of our own that speaks its protocol."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import settings
from gpu_worker.engine import Inputs
from gpu_worker.engines.voice.elevenlabs import ENGINE
from gpu_worker.models.registry import Registry
from tasks.domain.errors import ProviderUnavailable, VoiceRefused
from tests.gpu_worker.engines.conformance import CHECKS, Case, MakeInputs
from tests.gpu_worker.engines.voices import Heard, check_edges, heard, scene
from tests.services.http_server import Answer, Asked, Server, serving

TEXT = "Bees dance."
KEY, SPARE = "first-secret-key", "second-secret-key"


def spoken(text: str) -> Answer:
    """A tone for each letter, a tenth of a second long."""
    times = [round(number * 0.1, 3) for number in range(len(text) + 1)]
    at = np.arange(int(len(text) * 2400)) / 24_000
    sound = (np.sin(2 * np.pi * 200 * at) * 8000).astype("<i2").tobytes()
    alignment = {
        "characters": list(text),
        "character_start_times_seconds": times[:-1],
        "character_end_times_seconds": times[1:],
    }
    return Answer.of({"audio_base64": base64.b64encode(sound).decode(), "alignment": alignment})


class Provider:
    """An account with its voices."""

    def __init__(self) -> None:
        self.voices: list[dict[str, str]] = []

    def __call__(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path == "/v2/voices":
            listed = {"voices": self.voices, "has_more": False, "total_count": len(self.voices)}
            return Answer.of(listed)
        if path == "/v1/voices/add":
            name = asked.body.partition(b"callsheet ")[2][:16].decode()
            self.voices.append({"voice_id": "cloned-1", "name": f"callsheet {name}"})
            return Answer.of({"voice_id": "cloned-1", "requires_verification": False})
        return spoken(asked.json["text"])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as served:
        served.answer = Provider()
        monkeypatch.setenv("ELEVENLABS_API_KEY", f"{KEY},{SPARE}")
        monkeypatch.setenv("ELEVENLABS_BASE_URL", served.url)
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
        settings.current.cache_clear()
        yield served
    settings.current.cache_clear()


def take(folder: Path, inputs: MakeInputs | None = None) -> Heard:
    engine = ENGINE()
    engine.load()
    return heard(engine, inputs or scene(TEXT), folder)


def with_recording(folder: Path) -> Inputs:
    recording = folder / "voice.wav"
    recording.write_bytes(b"RIFF of a person")
    given = scene(TEXT)(folder)
    return replace(given, files={**given.files, "upload/voice": recording})


@pytest.mark.parametrize("check", CHECKS)
def test_conformance(check: Any, server: Server, tmp_path: Path) -> None:
    check(Case(ENGINE, scene(TEXT), {"VOICE_REFUSED": scene("...")}), tmp_path)


def test_letter_timings_become_word_timings_at_the_common_loudness(
    server: Server, tmp_path: Path
) -> None:
    said = take(tmp_path)
    check_edges(said)
    words = said.timings["words"]
    assert [word["text"] for word in words] == ["Bees", "dance."]
    assert words[1]["start"] - words[0]["end"] == pytest.approx(0.1, abs=0.002)
    assert said.rate == 24_000
    assert said.output.facts["match"] == "plain"
    assert server.asked[0].headers["xi-api-key"] == KEY
    assert server.asked[0].json["seed"] == 1


def test_a_voice_is_cloned_once_for_all_scenes(server: Server, tmp_path: Path) -> None:
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert take(folder, with_recording).output.facts["match"] == "cloned"
    paths = [asked.path.partition("?")[0] for asked in server.asked]
    assert paths.count("/v1/voices/add") == 1
    assert paths[-1] == "/v1/text-to-speech/cloned-1/with-timestamps"


@pytest.mark.parametrize(
    ("status", "detail", "asked"),
    [(429, "busy", 2), (401, f"bad key {KEY}", 2), (500, "broken", 1)],
)
def test_errors_of_the_service_are_retried_after_its_wait(
    server: Server, tmp_path: Path, status: int, detail: str, asked: int
) -> None:
    server.answer = lambda _asked: Answer.of({"detail": detail}, status, retry_after="9")
    with pytest.raises(ProviderUnavailable) as failed:
        take(tmp_path)
    assert failed.value.details["retry_after"] == 9.0
    assert len(server.asked) == asked
    assert KEY not in str(failed.value.details)


def test_text_that_the_service_rejects_is_reported_to_the_user(
    server: Server, tmp_path: Path
) -> None:
    said = {"status": "text_not_allowed", "message": "no"}
    server.answer = lambda _asked: Answer.of({"detail": said}, 400)
    with pytest.raises(VoiceRefused):
        take(tmp_path)


def test_the_probe_reports_a_missing_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELEVENLABS_API_KEY")
    settings.current.cache_clear()
    assert ENGINE().probe().remedy == "set ELEVENLABS_API_KEY"


@pytest.mark.parametrize("variable", ["ELEVENLABS_MODEL", "ELEVENLABS_VOICE"])
def test_another_model_or_voice_changes_the_content_key(
    server: Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    def weights() -> str:
        settings.current.cache_clear()
        return next(o.weights for o in Registry("xtts").offers if o.name == "elevenlabs")

    before = weights()
    assert before == weights() != ""
    monkeypatch.setenv(variable, "another")
    assert weights() != before
