"""Voices: which one speaks a language, and what a request may name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.errors import EngineUnavailable
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, choose
from tasks.domain.voices import (
    ESPEAK_VOICES,
    KOKORO_VOICES,
    VOICES,
    default_voice,
    is_default,
)
from tests.tasks.domain.plans import lite_offers, offer, simple_plan

PACKED = ("en", "es", "fr", "hi", "it", "pt", "zh")
PACKAGED = ("jf_alpha", "jm_kumo")


def voices(*, packs: bool) -> list[Offer]:
    return [
        *(o for o in lite_offers() if (o.stage, o.name) != ("voice", "piper")),
        offer("voice", "piper", languages=("en",), voices=("joe",)),
        offer(
            "voice",
            "kokoro",
            languages=PACKED if packs else ("en",),
            voices=KOKORO_VOICES if packs else PACKAGED,
        ),
        offer("voice", "espeak", voices=ESPEAK_VOICES),
    ]


@pytest.mark.parametrize(
    ("language", "packs", "engine", "voice"),
    [
        ("en", True, "kokoro", "af_heart"),
        ("en-GB", True, "kokoro", "bf_emma"),
        ("en-AU", True, "kokoro", "af_heart"),
        ("es", True, "kokoro", "ef_dora"),
        ("fr-CA", True, "kokoro", "ff_siwis"),
        ("pt", True, "kokoro", "pf_dora"),
        ("zh-CN", True, "kokoro", "zf_xiaobei"),
        ("de", True, "espeak", "espeak_de"),
        ("sv", True, "espeak", "espeak_sv"),
        ("sw", True, "espeak", ""),
        ("en", False, "piper", "joe"),
        ("es", False, "espeak", "espeak_es"),
    ],
)
def test_each_language_has_a_sensible_voice_of_its_own(
    language: str, packs: bool, engine: str, voice: str
) -> None:
    chosen = choose(voices(packs=packs), JobOptions(script="x", language=language))["voice"]
    assert (chosen.name, chosen.voice) == (engine, voice)


def test_a_hasty_job_has_the_quick_voice_where_there_is_one() -> None:
    for language, engine in {"en": "piper", "it": "kokoro"}.items():
        options = JobOptions(script="x", quality="fast", language=language)
        assert choose(voices(packs=True), options)["voice"].name == engine


def test_a_named_voice_speaks_and_is_part_of_the_content_key() -> None:
    said = simple_plan(voices(packs=True), voice={"id": "am_michael"}).step("voice", 0)
    assert (said.engine.name, said.params["voice"]) == ("kokoro", "am_michael")
    other = simple_plan(voices(packs=True)).step("voice", 0)
    assert other.params["voice"] == "af_heart"
    assert simple_plan(voices(packs=True), voice={"id": "joe"}).step("voice", 0).params == (
        said.params | {"voice": "joe"}
    )


def test_a_voice_that_no_worker_has_is_not_replaced_by_another() -> None:
    for mode in ("production", "auto"):
        options = JobOptions(script="x", mode=mode, voice={"id": "am_michael"})
        with pytest.raises(EngineUnavailable, match="voice"):
            choose(voices(packs=False), options)
    simulated = replace(options, mode="simulation")
    assert choose(voices(packs=False), simulated)["voice"].name == "simulated"
    japanese = JobOptions(script="x", language="ja", voice={"id": "jf_alpha"})
    with pytest.raises(EngineUnavailable, match="voice"):
        choose(voices(packs=True), japanese)


def test_every_listed_default_is_what_a_job_gets() -> None:
    assert {v.id for v in VOICES.values() if is_default(v)} == {
        default_voice("kokoro", v.language, VOICES) for v in VOICES.values() if v.engine == "kokoro"
    }
