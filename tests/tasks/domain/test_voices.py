"""Voices: which one speaks a language, and what a request may name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.errors import EngineUnavailable
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, choose
from tasks.domain.voices import (
    ESPEAK_VOICES,
    HIGHER,
    KOKORO_VOICES,
    LOWER,
    VOICES,
    default_voice,
    is_default,
    suggested_for,
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


@pytest.mark.parametrize(
    ("language", "register", "packs", "voice"),
    [
        ("en", LOWER, True, "am_michael"),
        ("en", HIGHER, True, "af_heart"),
        ("en-GB", LOWER, True, "bm_george"),
        ("pt", LOWER, True, "pm_alex"),
        ("fr", LOWER, True, "ff_siwis"),  # it has one voice
        ("de", LOWER, True, "espeak_de"),  # no voice of it is lower or higher
        ("en", HIGHER, False, "joe"),
    ],
)
def test_a_suggestion_changes_the_default_where_there_are_voices_of_both_kinds(
    language: str, register: str, packs: bool, voice: str
) -> None:
    options = JobOptions(script="x", language=language, voice={"register": register})
    assert choose(voices(packs=packs), options)["voice"].voice == voice


def test_a_suggestion_changes_the_voice_step_by_its_voice_only() -> None:
    plain = simple_plan(voices(packs=True))
    lower = simple_plan(voices(packs=True), voice={"register": LOWER})
    said = lower.step("voice", 0)
    assert said.params == plain.step("voice", 0).params | {"voice": "am_michael"}
    assert said == simple_plan(voices(packs=True), voice={"id": "am_michael"}).step("voice", 0)
    assert simple_plan(voices(packs=True), voice={"register": HIGHER}).steps == plain.steps


def test_a_named_voice_speaks_whatever_is_suggested() -> None:
    named = {"id": "af_sky", "register": LOWER}
    assert simple_plan(voices(packs=True), voice=named).step("voice", 0).params["voice"] == "af_sky"


def test_the_voices_that_are_suggested_are_named_for_each_language() -> None:
    suggested = {v.id: suggested_for(v, KOKORO_VOICES) for v in VOICES.values()}
    assert {v for v, register in suggested.items() if register == HIGHER} == {
        *("af_heart", "bf_emma", "ef_dora", "hf_alpha", "if_sara", "jf_alpha", "pf_dora"),
        "zf_xiaobei",
    }
    assert {v for v, register in suggested.items() if register == LOWER} == {
        *("am_michael", "bm_george", "em_alex", "hm_omega", "im_nicola", "jm_kumo", "pm_alex"),
        "zm_yunxi",
    }
