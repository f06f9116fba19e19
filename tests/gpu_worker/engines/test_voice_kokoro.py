from __future__ import annotations

import numpy as np
import pytest

from gpu_worker.engines.voice.kokoro import ENGINE, earlier
from gpu_worker.speech.ipa import phonemes
from gpu_worker.speech.kokoro_symbols import sounds, symbols
from gpu_worker.speech.loudness import TARGET_LUFS, integrated
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.voices import check_edges, check_timings, heard, scene

SHORT = "Bees hum."
CASES = [
    Case(
        ENGINE,
        scene(SHORT),
        {
            "VOICE_REFUSED": scene("... — !"),
            "VOICE_REFUSED:language": scene("안녕하세요.", language="ko"),
        },
        warm=True,
    )
]


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


@pytest.mark.slow
def test_timings_follow_the_speech(tmp_path):
    engine = ENGINE()
    text = "Joy and choice, 42 times a day. Isn't it great?"
    take = heard(engine, scene(text), tmp_path)
    assert take.rate == take.output.facts["rate"] == 24000
    check_timings(take)
    check_edges(take)
    assert " ".join(word["text"] for word in take.timings["words"]) == text
    assert integrated(take.samples, take.rate) == pytest.approx(TARGET_LUFS, abs=0.5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "voice", "text"),
    [
        ("en", "af_heart", "Take a paper cup to Peter, and keep a copper pot."),
        ("fr", "ff_siwis", "Je m'appelle Paméla, et chaque matin je répète ta partie."),
        ("ja", "jf_alpha", "猫と机と鳩を描いた紙を買った。"),
    ],
)
def test_stops_are_silent_at_their_times(tmp_path, language, voice, text):
    engine = ENGINE()
    if language != "ja" and voice not in engine.probe().voices:
        pytest.skip("the voice packs are absent: python config/setup/voices.py")
    take = heard(engine, scene(text, language, voice=voice), tmp_path)
    power = np.convolve(take.samples**2, np.ones(480) / 480, "same")
    level = 10 * np.log10(power / np.percentile(power, 95) + 1e-9)
    stops = [p for p in take.timings["phonemes"] if p["ipa"] in ("p", "t", "k")]
    quietest = [
        level[round(p["start"] * take.rate) : round(p["end"] * take.rate)].min() for p in stops
    ]
    assert len(stops) >= 5
    assert np.median(quietest) < -25


def test_tokens_begin_before_their_frames():
    assert earlier([12000, 600, 1800, 3000]) == [10560, 600, 1800, 4440]
    assert earlier([600, 600, 1800, 3000]) == [0, 600, 1800, 3600]


@pytest.mark.slow
def test_japanese_is_spoken_and_its_characters_are_timed(tmp_path):
    text = "三百円のパンを買って、学校へ行きました。"
    take = heard(ENGINE(), scene(text, language="ja", voice="jm_kumo"), tmp_path)
    check_timings(take)
    assert "".join(word["text"] for word in take.timings["words"]) == text
    assert 2 < take.seconds < 6


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("api, appi", "ˈaːpi, ˈapːi"),
        ("casa capra carta", "kˈaːza kˈaːpɾa kˈaɾta"),
        ("cambierà l'Italia, zia", "kambjeɾˈa litˈaːlja, ʣˈia"),
        ("buona scuola", "bwˈɔːna skwˈɔːla"),
        ("ingresso", "iŋɡɾˈɛSo"),
    ],
)
def test_italian_is_read_with_long_vowels_and_glides(text, read):
    assert symbols(phonemes(text, "it"), "it") == read


def test_two_sounds_share_one_symbol_and_its_time():
    assert symbols("dʒˈɔɪ, fˈɚ tʃˈɔɪs") == "ʤˈY, fˈəɹ ʧˈYs"
    assert symbols("tˈaɾdɪ dʒovedˈi", "it") == "tˈaɾdi ʤovedˈi"
    assert list(sounds([("S", 7)])) == [("s", 4), ("s", 3)]
    assert list(sounds([("ʤ", 601), ("ˈ", 5), ("Y", 400)])) == [
        ("d", 301),
        ("ʒ", 300),
        ("ˈ", 5),
        ("ɔ", 200),
        ("ɪ", 200),
    ]
