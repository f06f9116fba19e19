from __future__ import annotations

import time
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gpu_worker.engines.assemble import fonts, lettering
from gpu_worker.engines.assemble.captions import LONGEST, Cue, Word, cues, srt, vtt, words_of


def _spoken(text, pace=0.3):
    return [Word(w, n * pace, (n + 1) * pace - 0.02) for n, w in enumerate(text.split())]


@given(st.lists(st.text("abcdefgh,.", min_size=1, max_size=14), min_size=1, max_size=40))
def test_captions_are_short_and_ordered_and_keep_every_word(texts):
    words = _spoken(" ".join(texts))
    last = words[-1].end + 1
    found = cues(words, last)
    assert " ".join(cue.text for cue in found) == " ".join(texts)
    assert all(len(cue.text) <= LONGEST for cue in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(cue.start < cue.end <= last for cue in found)


def test_a_long_sentence_is_split_at_its_comma():
    found = cues(_spoken("Here comes the second one, which is rather longer than that."), 9)
    assert found[0].text.endswith(",")


def test_captions_add_no_spaces_to_scripts_without_them():
    assert (
        cues([Word("今日は", 0, 0.5), Word("晴れです。", 0.5, 1)], 2)[0].text == "今日は晴れです。"
    )


def test_captions_use_the_spelling_of_the_script_and_estimate_missing_timings():
    bare = [Word("hello", 0.1, 0.4), Word("there", 0.5, 0.9)]
    assert [word.text for word in words_of("Hello, there!", bare, 1)] == ["Hello,", "there!"]
    spread = words_of("One two three", [], 3.0)
    assert spread[0].start == 0
    assert spread[-1].end == pytest.approx(3.0)
    assert words_of("", [], 3.0) == []


def test_srt_and_vtt_have_their_own_time_formats_and_escapes():
    made = [Cue(0, 1.5, "a < b & c"), Cue(3661.25, 3662, "late")]
    start = "1\n00:00:00,000 --> 00:00:01,500\na &lt; b &amp; c\n\n2\n01:01:01,250"
    assert srt(made).startswith(start)
    assert "a &lt; b &amp; c" in vtt(made)


@pytest.mark.parametrize("write", [srt, vtt])
@given(st.lists(st.text('<>&{}\\ib/-:123, \u2028"', min_size=1), min_size=1, max_size=5))
def test_words_are_never_mistaken_for_markup_or_times(write, texts):
    lines = write([Cue(n, n + 1, text) for n, text in enumerate(texts)]).split("\n")
    said = [line for line in lines if "00:0" not in line or " --> " not in line]
    forbidden = ("<", "-->", "{\\") if write is srt else ("<", "-->")
    assert not any(mark in line for line in said for mark in forbidden)
    assert len(lines) - len(said) == len(texts)


def test_ten_thousand_words_without_a_sentence_end_are_grouped_quickly():
    words = _spoken("word " * 10_000)
    began = time.process_time()
    assert sum(len(cue.text.split()) for cue in cues(words, words[-1].end)) == len(words)
    assert time.process_time() - began < 2


def test_lines_fit_and_are_balanced():
    font = fonts.choose("abc", 40)
    lines = lettering.wrap("which is rather longer than the", font, 420)
    assert len(lines) == 2
    assert all(font.getlength(line) <= 420 for line in lines)


def test_a_word_wider_than_the_picture_is_cut_without_spaces():
    lines = lettering.wrap("Donaudampfschifffahrtsgesellschaft", fonts.choose("abc", 40), 200)
    assert len(lines) > 2
    assert "".join(lines) == "Donaudampfschifffahrtsgesellschaft"


@pytest.mark.parametrize("unit", ["x", "x ", "\u6f22", "\u6f22 ", "xxxxxxxxxxxx ", "e\u0301", ". "])
def test_a_long_text_is_wrapped_in_linear_time(unit):
    """Measured: 0.3 s. Where it was not linear, a word of 1,000 letters took 13 s."""
    text = (unit * 20_000)[:20_000].strip()
    font = fonts.choose("abc", 40)
    began = time.process_time()
    lines = lettering.wrap(text, font, 420)
    assert time.process_time() - began < 1
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_caption_strips_change_on_whole_frames(tmp_path):
    frame = lettering.Frame(360, 640)
    made = [Cue(0.1, 1.013, "One two"), Cue(1.013, 2.0, "three four"), Cue(2.5, 3.0, "five")]
    layer = lettering.captions(made, frame, Fraction(25), tmp_path)
    lines = layer.source.read_text().splitlines()
    lasts = [float(line.split()[1]) for line in lines if line.startswith("duration")]
    assert all(round(seconds * 25, 3).is_integer() for seconds in lasts)
    assert sum(lasts) == pytest.approx(3.0, abs=0.04)
    with Image.open(tmp_path / "caption-0000.png") as strip:
        assert layer.top + strip.height == frame.height * 0.8  # clear of what players lay over
        left, _, right, _ = strip.getchannel("A").getbbox()
        assert left > 0.04 * frame.width < frame.width - right


def test_a_letter_missing_from_the_font_is_detected():
    font = fonts.choose("abc", 30)
    assert fonts.missing(font, ("a", "\U0010fffd")) == ["\U0010fffd"]
