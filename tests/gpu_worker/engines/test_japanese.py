"""How Japanese is read: words, particles, numbers with their counters, borrowed and Latin words."""

from __future__ import annotations

import pytest

from gpu_worker.speech.ipa import phonemes, pronounced
from gpu_worker.speech.japanese import in_symbols
from tests.cpu_time import at_most

READ = {
    "今日は、いい天気ですね。": "kʲoː βa, ii teŋkʲi desɨ ne.",
    "東京へ行く。": "toːkʲoː e ikɯ.",
    "木曜日": "mokɯjoːbʲi",
    "三月四日": "saŋɡaʦɨ joʔka",
    "３月４日（月）": "saŋɡaʦɨ joʔka ɡeʦɨjoːbʲi",
    "一人で": "çitoɾʲi de",
    "20%": "ɲi ʥɨʔ paːsento",
    "3.5km": "saɴ teɴ ɡo kʲiɾomeːtoɾɯ",
    "「はい」と言った…本当？": "hai to iʔ ta… hontoː?",
    "NHKとGoogle": "enɯeiʨikei to ɡɯːɡɯɾɯ",
    "Pythonは楽しい！": "pˈaɪθən βa tanoɕii!",
    "ﾊﾟﾘ": "paɾʲi",
    "𠮷野家": "joɕinoja",
    "絵文字😀です": "emoʥi desɨ",
}


@pytest.mark.parametrize("text", READ)
def test_a_text_is_read(text: str) -> None:
    assert phonemes(text, "ja") == READ[text]


@pytest.mark.parametrize("text", ["", "。、", "…", "😀", "　"])
def test_what_cannot_be_spoken_is_empty(text: str) -> None:
    assert phonemes(text, "ja") == ""


@pytest.mark.parametrize(
    ("kana", "symbols"),
    [
        ("キョーシツ", "kʲoːɕiʦɨ"),
        *(("シャシン", "ɕaɕiɴ"), ("リュックサック", "ɾʲɨʔkɯsaʔkɯ"), ("ニュース", "ɲɨːsɨ")),
        *(
            ("サンポ", "sampo"),
            ("サンカイ", "saŋkai"),
            ("コンニャク", "koɲɲakɯ"),
            ("センロ", "senɾo"),
        ),
        *(("ファイル", "ɸaiɾɯ"), ("ティー", "tʲiː"), ("デュオ", "dʲɨo"), ("シェア", "ɕea")),
        *(("ウィーン", "βiːɴ"), ("クォーター", "kᵝoːtaː"), ("ヴァイオリン", "vaioɾʲiɴ")),
        *(("トゥ", "tɯ"), ("ツァ", "ʦa"), ("チェック", "ʨeʔkɯ"), ("ァ", "a"), ("", "")),
    ],
)
def test_syllables_have_their_symbols(kana: str, symbols: str) -> None:
    assert in_symbols(kana) == symbols


def test_a_word_has_its_phones_for_the_timing_of_captions() -> None:
    assert pronounced("東京", "ja") == ["t", "oː", "kʲ", "oː"]


@pytest.mark.parametrize(
    "unit", ["あ", "漢", "ー", "ン", "1.", "a", "\u200b", "😀", "\x00", "何", "、"]
)
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    with at_most(2):
        phonemes((unit * 2_000)[:2_000], "ja")
