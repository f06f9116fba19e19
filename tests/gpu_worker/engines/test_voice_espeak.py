from __future__ import annotations

import ctypes.util

import pytest

from gpu_worker.engines.voice import espeak
from gpu_worker.speech.loudness import TARGET_LUFS, integrated
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.voices import check_edges, check_timings, heard, scene
from tests.services.binaries import missing

ENGINE = espeak.ENGINE
CASES = [
    Case(
        ENGINE,
        scene(),
        {
            "VOICE_REFUSED": scene("... — !"),
            "VOICE_REFUSED:language": scene("nuqneH", language="x-nobody"),
        },
    )
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Of the 42 people, half — or more — left. Isn't it great?"),
        ("en-GB", "A little water."),
        ("de", "Grüß Gott, liebe Freunde! Es ist 8 Uhr."),
        ("fr-FR", "Bonjour à tous, c'est l'été."),
        ("pt-BR", "Olá, tudo bem com vocês?"),
        ("ja", "こんにちは。"),
    ],
)
def test_timings_follow_the_speech(language, text, tmp_path):
    take = heard(ENGINE(), scene(text, language), tmp_path)
    check_timings(take)
    check_edges(take)
    assert " ".join(word["text"] for word in take.timings["words"]) == text
    assert integrated(take.samples, take.rate) == pytest.approx(TARGET_LUFS, abs=0.5)


def test_the_probe_says_what_to_install_without_the_library(monkeypatch):
    monkeypatch.setattr(espeak.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    probe = ENGINE().probe()
    assert not probe.ok
    assert "espeak-ng" in probe.remedy


def test_the_library_of_the_system_is_used(monkeypatch, tmp_path):
    if not ctypes.util.find_library("espeak-ng"):
        missing("the system has no espeak-ng (Debian: apt-get install libespeak-ng1)")
    monkeypatch.setattr(espeak.importlib.util, "find_spec", lambda name: None)
    check_timings(heard(ENGINE(), scene(), tmp_path))
