"""Languages are told by letters and words; a job is accepted with what should be known about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.job import JobOptions
from tasks.domain.language import detect
from tasks.domain.offers import choose
from tasks.domain.warnings import warnings
from tests.cpu_time import at_most
from tests.tasks.domain.test_voices import voices


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The weather will change this afternoon, so bring an umbrella.", "en"),
        ("Thank you for watching, and enjoy the rest of your evening.", "en"),
        ("Hola a todos. El tiempo va a cambiar esta tarde.", "es"),
        ("Las abejas bailan para decir dónde están las flores.", "es"),
        ("Bonjour à tous. Le temps va changer cet après-midi.", "fr"),
        ("Les abeilles dansent pour dire où sont les fleurs.", "fr"),
        ("Ciao a tutti. Il tempo cambierà questo pomeriggio.", "it"),
        ("Le api danzano per dire dove sono i fiori nel prato.", "it"),
        ("Olá a todos. O tempo vai mudar esta tarde, não é?", "pt"),
        ("As abelhas dançam para dizer onde estão as flores.", "pt"),
        ("Guten Tag. Das Wetter wird sich heute Nachmittag ändern.", "de"),
        ("Die Bienen tanzen, um zu sagen, wo die Blumen sind.", "de"),
        ("Het weer zal vanmiddag veranderen en dat is niet leuk.", "nl"),
        ("Добрый день, сегодня будет дождь.", "ru"),
        ("Добрий день, сьогодні їдемо додому.", "uk"),
        ("مرحبا بالجميع، سيتغير الطقس اليوم.", "ar"),
        ("नमस्ते दोस्तों, आज मौसम बदल जाएगा।", "hi"),
        ("大家好，今天下午天气会变。", "zh"),
        ("皆さん、今日の午後は天気が変わります。", "ja"),
        ("여러분 안녕하세요. 오늘 날씨가 바뀝니다.", "ko"),
        ("The word 你好 means hello in Chinese, and it is easy to say.", "en"),
        ("Hm.", ""),
        ("OK Google", ""),
        ("Lorem ipsum dolor sit amet consectetur adipiscing elit", ""),
        ("1 2 3 4 5 6 7", ""),
    ],
)
def test_the_language_of_a_text_is_told_or_left_open(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("unit", ["a ", "the ", "文", "'", "é'é ", "ы", "پ"])
def test_hostile_text_is_looked_at_in_little_time(unit: str) -> None:
    with at_most(0.5):
        detect((unit * 20_000)[:20_000])


def codes(*, packs: bool = True, **options: object) -> list[str]:
    asked = JobOptions(**options)  # type: ignore[arg-type]
    return [warning.code for warning in warnings(asked, choose(voices(packs=packs), asked))]


def test_an_ordinary_job_has_no_warnings() -> None:
    assert codes(script="The bees are in the garden, and they dance.") == []


def test_markup_a_foreign_script_and_a_poor_voice_are_told() -> None:
    assert codes(script="<p>Hi.</p>") == ["MARKUP_REMOVED"]
    french = "Les abeilles dansent pour dire où sont les fleurs."
    assert codes(script=french) == ["LANGUAGE_MISMATCH"]
    assert codes(script=french, language="fr-CA") == []
    assert codes(script=french, language="fr", packs=False) == ["ROBOTIC_VOICE"]
    assert codes(script="Guten Tag.", language="de") == ["ROBOTIC_VOICE"]
    assert codes(script="Guten Tag.", language="de", voice={"id": "espeak_de"}) == []


def test_a_topic_without_a_language_model_is_called_a_sample() -> None:
    asked = JobOptions(topic="Bees")
    [warning] = warnings(asked, choose(voices(packs=True), asked))
    assert warning.code == "SAMPLE_TEXT"
    assert "sample" in warning.message


def test_the_remedy_is_named_where_there_is_one() -> None:
    for language, remedy in {"es": True, "de": False, "zh": True, "ja": False}.items():
        asked = JobOptions(script="x", language=language)
        [warning] = warnings(asked, choose(voices(packs=False), asked))
        assert ("callsheet models fetch kokoro" in warning.message) == remedy


@pytest.mark.parametrize(
    ("language", "hard"), [("ru", True), ("ar", True), ("th", True), ("de", False), ("pl", False)]
)
def test_a_voice_that_is_mostly_not_understood_is_called_so(language: str, hard: bool) -> None:
    asked = JobOptions(script="x", language=language)
    [warning] = warnings(asked, choose(voices(packs=True), asked))
    assert ("hard to understand" in warning.message) == hard


def test_characters_that_captions_cannot_show_are_named() -> None:
    asked = JobOptions(script="Hello ᚠ and \ue000, in Україні, 日本 and ไทย 😀.")
    (warned,) = (w for w in warnings(asked, {}) if w.code == "MISSING_GLYPHS")
    assert ": ᚠ \ue000. " in warned.message
    without = warnings(replace(asked, captions=False), {})
    assert "MISSING_GLYPHS" not in [w.code for w in without]


def test_a_warning_names_few_of_many_missing_characters() -> None:
    asked = JobOptions(script="".join(map(chr, range(0xE000, 0xF000))))
    (warned,) = (w for w in warnings(asked, {}) if w.code == "MISSING_GLYPHS")
    assert len(warned.message) < 200


def test_one_letter_in_thirty_is_not_enough_for_a_mixed_language() -> None:
    assert detect("の" + "漢" * 28) == "ja"
    assert detect("の" + "漢" * 29) == "zh"
