"""Is what the voices say understood? Word errors of a few sentences, by an offline listener.

    python -m pytest -m bench -s tests/bench/test_intelligibility.py
    VOICES="am_michael bf_emma" VOICE_SAMPLES=/tmp/samples python -m pytest -m bench ...
    FINISHED_VIDEO=final.mp4 FINISHED_TEXT=text.txt python -m pytest -m bench ...

`make bench` sets its packages up.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import time
from pathlib import Path

import pytest

from gpu_worker.speech.loudness import integrated
from tasks.domain.voices import VOICES, default_voice
from tests.bench.listener import NEEDED, listening
from tests.bench.small import size
from tests.gpu_worker.engines.voices import heard, scene

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in NEEDED),
        reason="the listener's packages are absent: make bench",
    ),
    pytest.mark.filterwarnings("ignore"),  # the listener's packages warn in their own code
]

SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She sells fresh bread and cheese at the market every Saturday morning.",
    "Please bring an umbrella, because the weather will change this afternoon.",
    "Our engineers measured the speed of light with a mirror and a lamp.",
    "How many people live in the little houses beside the river?",
    "Bees tell each other where the flowers are by dancing in the hive.",
    "The museum opens late on Thursday, and entry is free for children.",
    "A good question is often worth more than a quick answer.",
    "Thank you for watching, and enjoy the rest of your evening.",
    "Every scene of this video was spoken by a computer.",
)[: size(10, 1)]
MOST_ERRORS = {"piper": 0.10, "kokoro": 0.10, "espeak": 0.35}


@pytest.fixture(scope="module")
def listener():
    with listening() as listener:
        yield listener


@pytest.mark.parametrize("name", MOST_ERRORS)
def test_sentences_are_understood(name, listener, tmp_path):
    engine = importlib.import_module(f"gpu_worker.engines.voice.{name}").ENGINE()
    probe = engine.probe()
    if not probe.ok:
        pytest.skip(probe.why)
    errors = []
    for number, sentence in enumerate(SENTENCES):
        folder = tmp_path / str(number)
        folder.mkdir()
        take = heard(engine, scene(sentence), folder)
        errors.append(listener.word_errors(take.output.parts["speech.wav"], sentence))
        print(f"{name} {errors[-1]:.2f} {listener.hears(take.output.parts['speech.wav'])}")
    mean = sum(errors) / len(errors)
    print(f"{name}: mean word error rate {mean:.3f}")
    assert mean <= MOST_ERRORS[name]


LANGUAGES = {
    "en": ("kokoro", SENTENCES[:6], 0.08),
    "es": (
        "kokoro",
        (
            "Las abejas bailan para decir dónde están las flores.",
            "El museo abre tarde los jueves y la entrada es gratis para los niños.",
            "Por favor, traiga un paraguas porque el tiempo va a cambiar.",
            "Una buena pregunta vale más que una respuesta rápida.",
        ),
        0.10,
    ),
    "fr": (
        "kokoro",
        (
            "Les abeilles dansent pour dire où sont les fleurs.",
            "Le musée ouvre tard le jeudi et l'entrée est gratuite pour les enfants.",
            "Prenez un parapluie, car le temps va changer cet après-midi.",
            "Une bonne question vaut mieux qu'une réponse rapide.",
        ),
        0.10,
    ),
    "it": (
        "kokoro",
        (
            "Le api danzano per dire dove sono i fiori.",
            "Il museo apre tardi il giovedì e l'ingresso è gratuito per i bambini.",
            "Portate un ombrello, perché il tempo cambierà questo pomeriggio.",
            "Una buona domanda vale più di una risposta veloce.",
        ),
        0.10,
    ),
    "pt": (
        "kokoro",
        (
            "As abelhas dançam para dizer onde estão as flores.",
            "O museu abre tarde na quinta-feira e a entrada é gratuita para as crianças.",
            "Traga um guarda-chuva, porque o tempo vai mudar esta tarde.",
            "Uma boa pergunta vale mais do que uma resposta rápida.",
        ),
        0.10,
    ),
    "hi": ("kokoro", ("आज दोपहर को मौसम बदल जाएगा।", "कृपया अपना छाता साथ लाइए।"), 0.55),
    "zh": ("kokoro", ("大家好，今天下午天气会变，请带上雨伞。", "博物馆星期四开放得很晚。"), 0.15),
    "ja": (
        "kokoro",
        (
            "今日の午後は天気が変わるので、傘を持ってきてください。",
            "博物館は木曜日に遅くまで開いています。",
            "良い質問は、早い答えよりも価値があります。",
            "この動画のすべての場面は、コンピューターが話しています。",
        ),
        0.10,
    ),
    "de": (
        "espeak",
        (
            "Die Bienen tanzen, um zu sagen, wo die Blumen sind.",
            "Das Museum öffnet am Donnerstag spät, und der Eintritt ist frei.",
            "Bitte bringen Sie einen Regenschirm mit, denn das Wetter ändert sich.",
            "Eine gute Frage ist oft mehr wert als eine schnelle Antwort.",
        ),
        0.4,
    ),
    "ru": (
        "espeak",
        (
            "Сегодня днём погода изменится, возьмите с собой зонт.",
            "Музей открывается поздно в четверг, и вход для детей свободный.",
            "Хороший вопрос часто дороже быстрого ответа.",
            "Пчёлы танцуют, чтобы сказать, где растут цветы.",
        ),
        1.0,
    ),
    "ar": (
        "espeak",
        (
            "سيتغير الطقس بعد ظهر اليوم.",
            "يفتح المتحف متأخرا يوم الخميس والدخول مجاني للأطفال.",
            "السؤال الجيد أفضل من الجواب السريع.",
        ),
        1.0,
    ),
    # No limit: the listener writes 1.3 wrong letters for each, which could hardly be worse.
    "th": (
        "espeak",
        ("วันนี้อากาศจะเปลี่ยนแปลงในตอนบ่าย", "พิพิธภัณฑ์เปิดสายในวันพฤหัสบดี"),
        float("inf"),
    ),
}
"""For each language: the engine of its default voice, sentences, and the most errors."""


@pytest.mark.parametrize("language", size(list(LANGUAGES), ["en"]))
def test_default_voices_are_understood(language, listener, tmp_path):
    name, sentences, most = LANGUAGES[language]
    engine = importlib.import_module(f"gpu_worker.engines.voice.{name}").ENGINE()
    probe = engine.probe()
    voice = default_voice(name, language, probe.voices)
    if not probe.ok or (name == "kokoro" and not voice):
        pytest.skip(probe.why or "the voice packs are absent: python config/setup/voices.py")
    engine.load()
    print(f"\n{_measured(engine, voice, language, sentences, listener, tmp_path, most)}")


@pytest.mark.parametrize("voice", os.environ.get("VOICES", "").split())
def test_named_voices_are_understood(voice, listener, tmp_path):
    """With `VOICES="am_michael bf_emma"`: those."""
    one = VOICES[voice]
    engine = importlib.import_module(f"gpu_worker.engines.voice.{one.engine}").ENGINE()
    engine.load()
    language = one.primary_language
    sentences = LANGUAGES[language][1]
    print(f"\n{_measured(engine, voice, one.language, sentences, listener, tmp_path, 1.0)}")


def _measured(engine, voice, language, sentences, listener, folder, most):
    """A line about a voice: word errors, speed, loudness, pauses and peaks."""
    errors, took, length, loud, peaks = [], 0.0, 0.0, [], []
    for number, sentence in enumerate(sentences):
        place = folder / str(number)
        place.mkdir()
        began = time.monotonic()
        take = heard(engine, scene(sentence, language, voice=voice), place)
        took += time.monotonic() - began
        length += take.seconds
        loud.append(integrated(take.samples.astype("f4"), take.rate))
        peaks.append(float(abs(take.samples).max()))
        speech = take.output.parts["speech.wav"]
        short = language.partition("-")[0]
        errors.append(listener.word_errors(speech, sentence, short))
        if errors[-1]:
            print(f"{voice} {errors[-1]:.2f} {listener.hears(speech, short)}")
        if "VOICE_SAMPLES" in os.environ:
            shutil.copy(speech, Path(os.environ["VOICE_SAMPLES"]) / f"{voice}-{number}.wav")
    mean = sum(errors) / len(errors)
    print(f"{voice} {language}: word errors {mean:.3f}")
    assert mean <= most
    return (
        f"{voice} {language}: word errors {mean:.3f}, real-time factor {took / length:.2f}, "
        f"{length:.1f} s, {min(loud):.1f} to {max(loud):.1f} LUFS, peak {max(peaks):.2f}"
    )


@pytest.mark.skipif("FINISHED_VIDEO" not in os.environ, reason="FINISHED_VIDEO is not set")
def test_a_finished_video_is_understood(listener):
    text = Path(os.environ["FINISHED_TEXT"]).read_text(encoding="utf-8")
    rate = listener.word_errors(Path(os.environ["FINISHED_VIDEO"]), text)
    print(f"finished video: word error rate {rate:.3f}")
    assert rate <= 0.10
