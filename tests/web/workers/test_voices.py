"""`GET /voices`: what live workers can speak with; and a start that names a voice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gpu_worker.media import streams
from tasks.domain.offers import Offer
from tasks.domain.voices import ESPEAK_VOICES, KOKORO_VOICES
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller, problem

KOKORO = Offer(
    *("voice", "kokoro", "2", "lite", "lite"),
    languages=("en", "es", "fr", "hi", "it", "pt"),
    voices=KOKORO_VOICES,
)
ESPEAK = Offer("voice", "espeak", "1", "lite", "lite", voices=ESPEAK_VOICES)
PIPER = Offer("voice", "piper", "2", "lite", "lite", languages=("en",), voices=("joe",))


def test_voices_are_those_of_live_workers(caller: Caller, redis_server: RedisServer) -> None:
    assert caller.http.get("/voices").json() == {"voices": []}
    broken = replace(KOKORO, ok=False)
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated(), ESPEAK, PIPER, broken)
    voices = {voice["id"]: voice for voice in caller.http.get("/voices").json()["voices"]}
    assert "af_heart" not in voices
    assert voices["joe"]["default"]
    assert voices["espeak_de"] == {
        "id": "espeak_de",
        "name": "De",
        "language": "de",
        "gender": None,
        "style": "robotic",
        "engine": "espeak",
        "licence": "GPL-3.0-or-later",
        "default": True,
        "suggested_for": None,
        "sample_url": "/voices/espeak_de/sample",
    }


def test_each_language_has_one_default_among_its_voices(
    caller: Caller, redis_server: RedisServer
) -> None:
    fake_nodes.beat(redis_server.client(), KOKORO, PIPER, ESPEAK)
    voices = caller.http.get("/voices").json()["voices"]
    english = [v for v in voices if v["language"].startswith("en")]
    assert {v["id"] for v in english if v["default"]} == {"af_heart", "bf_emma"}
    assert {v["gender"] for v in english} == {"female", "male", None}
    assert {v["id"]: v["suggested_for"] for v in english if v["suggested_for"]} == {
        **dict.fromkeys(("af_heart", "bf_emma"), "higher"),
        **dict.fromkeys(("am_michael", "bm_george"), "lower"),
    }
    assert [v["id"] for v in voices if v["language"] == "ja"] == [
        "espeak_ja"
    ]  # it speaks no Japanese
    for language in ("es", "fr", "it", "pt-BR", "hi"):
        assert [v["engine"] for v in voices if v["language"] == language and v["default"]] == [
            "kokoro"
        ]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"voice": {"id": "nobody"}}, "voice.id"),
        ({"voice": "af_heart"}, "voice._schema"),
        ({"voice": {"name": "Heart"}}, "voice.name"),
        ({"voice": {"id": "ff_siwis"}, "language": "en"}, "voice"),
    ],
)
def test_a_voice_must_exist_and_speak_the_language(
    caller: Caller, sent: dict[str, object], field: str
) -> None:
    answer = caller.http.post("/process/estimate", json={"script": "Hello.", **sent})
    told = problem(answer, 422, "VALIDATION_FAILED")
    assert [error["field"] for error in told["errors"]] == [field]


def test_a_voice_brings_its_language_along(caller: Caller, redis_server: RedisServer) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated(), KOKORO, PIPER, ESPEAK)
    sent = {"script": "Bonjour.", "voice": {"id": "ff_siwis"}}
    quote = caller.http.post("/process/estimate", json=sent).json()
    engines = {e["stage"]: e["engine"] for e in quote["engines"]}
    assert engines["voice"] == "kokoro"


def test_warnings_stand_in_the_estimate(caller: Caller, redis_server: RedisServer) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.simulated(), KOKORO, PIPER, ESPEAK)

    def codes(**sent: object) -> list[str]:
        quote = caller.http.post("/process/estimate", json=sent).json()
        return [warning["code"] for warning in quote["warnings"]]

    german = "Die Bienen tanzen, um zu sagen, wo die Blumen sind."
    assert codes(script=german) == ["LANGUAGE_MISMATCH"]
    assert codes(script=german, language="auto") == ["ROBOTIC_VOICE"]
    assert codes(script="The bees dance in the hive.", language="auto") == []
    assert codes(topic="Bees") == ["SAMPLE_TEXT"]


def test_every_voice_that_can_be_chosen_has_a_sample(
    caller: Caller, redis_server: RedisServer
) -> None:
    fake_nodes.beat(redis_server.client(), KOKORO, PIPER, ESPEAK)
    voices = caller.http.get("/voices").json()["voices"]
    assert len(voices) > 60
    without = [v["id"] for v in voices if v["sample_url"] is None]
    assert without == []
    sizes = {len(caller.http.get(voice["sample_url"]).content) for voice in voices}
    assert len(sizes) > 20, "the samples are alike"
    assert max(sizes) < 32_000


def test_a_sample_is_a_few_seconds_of_sound_for_any_page(caller: Caller, tmp_path: Path) -> None:
    answer = caller.http.get("/voices/af_heart/sample")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    sound = tmp_path / "sample.mp3"
    sound.write_bytes(answer.content)
    (track,) = streams.read_streams(sound)
    assert track.kind == "audio"
    assert 2 < track.seconds < 12


@pytest.mark.parametrize("name", ["nobody", "jf_alpha.mp3", "..%2f__init__.py", "__init__"])
def test_other_names_have_no_sample(caller: Caller, name: str) -> None:
    answer = caller.http.get(f"/voices/{name}/sample")
    assert answer.status_code == 404
