from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from gpu_worker.media import languages
from gpu_worker.media.captions import fonts, lettering, placement, wrapping
from gpu_worker.media.captions.cues import (
    FASTEST,
    LONGEST,
    SHORTEST,
    Cue,
    Word,
    cues,
    srt,
    vtt,
    words_of,
)
from gpu_worker.media.captions.lettering import Look
from gpu_worker.media.captions.placement import Face
from gpu_worker.media.captions.text import columns, plain
from gpu_worker.media.framing import Frame
from tests.cpu_time import at_most


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
    with at_most(2):
        assert sum(len(cue.text.split()) for cue in cues(words, words[-1].end)) == len(words)


def test_lines_fit_and_are_balanced():
    font = fonts.choose("abc", 40)
    lines = wrapping.wrap("which is rather longer than the", font, 420)
    assert len(lines) == 2
    assert all(font.getlength(line) <= 420 for line in lines)


@pytest.mark.parametrize(
    ("word", "hyphens"),
    [
        ("Donaudampfschifffahrtsgesellschaft", True),
        ("x" * 60, True),
        ("https://example.org/a/very/long/address/of/something", False),
        ("\u6f22" * 30, False),
    ],
)
def test_a_word_wider_than_the_picture_is_cut_without_spaces(word, hyphens):
    font = fonts.choose(word, 40)
    lines = wrapping.wrap(word, font, 240)
    assert len(lines) > 2
    assert all(font.getlength(line) <= 240 for line in lines)
    assert all(len(line) > 2 for line in lines)
    assert all(line.endswith("-") for line in lines[:-1]) is hyphens
    assert "".join(line.removesuffix("-") if hyphens else line for line in lines) == word


def test_no_space_is_put_into_mixed_scripts():
    text = "\u4f7f\u7528Python\u7f16\u7a0b\u3002"
    words = words_of(text, [], 3.0)
    assert "".join(cue.text for cue in cues(words, 3.0)) == text
    assert wrapping.wrap(text, fonts.choose(text, 40), 2000) == [text]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<speak>Hi <b>you</b><break time='1s'/>there &amp; all</speak>", "Hi you there & all"),
        ("a < b and 5 > 3 & c", "a < b and 5 > 3 & c"),
        ("**Bold** and `code`, [link](https://x.org).", "Bold and code, link."),
        ("2 * 3 * 4, snake_case_name", "2 * 3 * 4, snake_case_name"),
        ("<!-- no -->yes", "yes"),
    ],
)
def test_markup_is_never_shown(written, shown):
    assert plain(written) == shown
    spread = words_of(written, [], 3.0)
    assert " ".join(word.text for word in spread) == shown


@pytest.mark.parametrize("unit", ["<a", "<!--", "[", "&", "_a", "**", "[](", "<!-"])
def test_markup_is_removed_in_linear_time(unit):
    with at_most(1):
        plain(unit * 20_000)


def test_the_script_is_shown_where_the_voice_reports_other_words():
    said = [
        Word(w, n * 0.4, n * 0.4 + 0.35)
        for n, w in enumerate(["it", "costs", "forty", "two", "euros"])
    ]
    words = words_of("It costs 42 \u20ac, sir.", said, 3.0)
    assert [word.text for word in words] == ["It", "costs", "42", "\u20ac,", "sir."]
    assert words[0].start == 0
    assert words[2].start == pytest.approx(0.8)
    assert words[-1].end == pytest.approx(1.95)


@pytest.mark.parametrize("short", ["Dr.", "e.g.", "J.", "z.B.", "Sra.", "3."])
def test_an_abbreviation_does_not_end_a_cue(short):
    found = cues(_spoken(f"We saw it. {short} Meyer was there, too."), 9)
    assert not any(cue.text.endswith(short) for cue in found)


@given(
    st.lists(
        st.sampled_from(["a.", "go.", "of", "house,", "together", "No!"]), min_size=3, max_size=40
    ),
    st.floats(0.2, 0.5),
)
def test_cues_last_long_enough_to_be_read_where_they_can(texts, pace):
    words = _spoken(" ".join(texts), pace)
    found = cues(words, words[-1].end + 2)
    for before, cue in pairwise(found):
        need = max(SHORTEST, len(before.text) / FASTEST)
        if before.end - before.start < need - 0.01:
            # What is read in haste cannot be joined with what follows.
            assert len(before.text) + 1 + len(cue.text) > LONGEST
    last = found[-1]
    assert last.end - last.start > SHORTEST - 0.001


def test_hurried_cues_get_time_of_their_neighbours():
    """French at 19 columns a second: the last cue of three had 21.5."""
    at = (0.15, 0.34, 0.8, 1.7, 1.95, 2.3, 2.45, 2.88, 3.4, 3.55, 3.83, 3.95, 4.15)
    said = "Je m'appelle Paméla. Chaque matin, les bateaux apportent du pain au marché."
    words = [Word(w, *t) for w, t in zip(said.split(), pairwise(at), strict=True)]
    found = cues(words, 4.24)
    speeds = [len(cue.text) / (cue.end - cue.start) for cue in found]
    # 53 columns in the 2.8 s after the first sentence are 18.9.
    assert max(speeds) < 19.2
    for cue in found:
        assert -0.25 <= cue.start - cue.words[0].start <= 0.2


def test_a_word_longer_than_a_caption_goes_on_in_the_next_one():
    long = "Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz"
    found = cues(words_of(f"Das {long} gilt.", [], 6.0), 7)
    assert len(found) > 1
    assert all(columns(cue.text) <= LONGEST for cue in found)
    assert (
        "".join(cue.text.removesuffix("-") for cue in found).replace(" ", "") == f"Das{long}gilt."
    )


@pytest.mark.parametrize("unit", ["x", "x ", "\u6f22", "\u6f22 ", "xxxxxxxxxxxx ", "e\u0301", ". "])
def test_a_long_text_is_wrapped_in_linear_time(unit):
    """Measured: 0.3 s. Where it was not linear, a word of 1,000 letters took 13 s."""
    text = (unit * 20_000)[:20_000].strip()
    font = fonts.choose("abc", 40)
    with at_most(1):
        lines = wrapping.wrap(text, font, 420)
    assert "".join("".join(lines).split()).replace("-", "") == "".join(text.split())


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


def _face(frame, top, tall):
    """A face with its parts where they usually are, in shares of the frame."""
    y = [frame.height * (top + tall * share) for share in (-0.3, 0.22, 0.68, 0.98, 1.07)]
    return Face(*y)


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (720, 720)])
@pytest.mark.parametrize("position", ["auto", "bottom", "top"])
@pytest.mark.parametrize(("top", "tall"), [(0.2, 0.4), (0.3, 0.6), (0.05, 0.8), (0.5, 0.45)])
def test_captions_are_in_the_safe_area_and_never_on_the_lips(size, position, top, tall, tmp_path):
    frame = Frame(*size)
    face = _face(frame, top, tall)
    made = [Cue(0, 2, "Which is rather longer than the"), Cue(2, 3, "Short.")]
    look = Look(position=position, face=face, label=True)
    layer = lettering.captions(made, frame, Fraction(25), tmp_path, look)
    with Image.open(tmp_path / "caption-0000.png") as strip:
        left, above, right, below = strip.getchannel("A").getbbox()
    assert layer.top + below <= face.lips or layer.top + above >= face.under_lips - 2
    assert 0.05 * frame.height - 2 <= layer.top + above
    assert layer.top + below <= 0.95 * frame.height + 2
    assert 0.04 * frame.width < left < right < 0.96 * frame.width


def test_captions_move_only_as_far_as_the_face_asks():
    frame = Frame(720, 1280)
    usual = placement.place(140, frame, None)
    assert usual.top + 140 == pytest.approx(0.8 * 1280, abs=2)
    assert placement.place(140, frame, _face(frame, 0.1, 0.4)) == usual
    lower = placement.place(140, frame, _face(frame, 0.2, 0.55))
    assert lower.top > usual.top
    assert lower.harm == 0
    assert placement.place(140, frame, _face(frame, 0.1, 0.4), "top").top < 0.1 * 1280


@pytest.mark.parametrize("style", ["plain", "boxed", "words"])
def test_a_style_changes_only_how_words_look(style, tmp_path):
    frame = Frame(360, 640)
    words = _spoken("One two three")
    made = cues(words, 2)
    layer = lettering.captions(made, frame, Fraction(25), tmp_path, Look(style=style))
    lines = layer.source.read_text().splitlines()
    lasts = sum(float(line.split()[1]) for line in lines if line.startswith("duration"))
    assert lasts == pytest.approx(made[-1].end, abs=0.04)
    names = [line.split()[1] for line in lines if "caption-0" in line]
    strips = [Image.open(tmp_path / name).convert("RGBA") for name in names]
    assert len(strips) == (3 if style == "words" else 1)
    yellow = [_yellow(strip) for strip in strips]
    if style == "words":
        assert yellow == sorted(yellow)
        assert len(set(yellow)) == 3
    else:
        assert yellow == [None]


def _yellow(strip):
    """The left edge of what is drawn in yellow."""
    red, _, blue, alpha = (np.asarray(band, np.int16) for band in strip.split())
    columns_ = np.flatnonzero(((red - blue > 120) & (alpha > 250)).any(0))
    return int(columns_[0]) if len(columns_) else None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("\u4eca\u65e5\u306f\u6674\u308c\u3067\u3059\u3002", "ja"),
        ("\uc548\ub155\ud558\uc138\uc694.", "ko"),
        ("\u4f60\u597d\uff0cPython\u3002", "zh"),
        ("\u0645\u0631\u062d\u0628\u0627 2026.", "ar"),
        ("\u05e9\u05dc\u05d5\u05dd, \u05d6\u05d4.", "he"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947", "hi"),
        ("\u0417\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439\u0442\u0435", "ru"),
        ("Party \U0001f389!", "en"),
    ],
)
def test_every_script_has_a_font_with_all_its_letters(text, language):
    face = fonts.choose(text, 40, language)
    assert face.missing(text) == []
    assert sorted("".join(run.text for run in face.runs(text))) == sorted(text)
    assert face.getlength(text) > 60


def test_shared_letters_are_drawn_as_the_language_draws_them():
    drawn = {
        code: bytes(fonts.choose("\u76f4", 40, code).fonts[-1].getmask("\u76f4"))
        for code in ("ja", "zh", "zh-TW")
    }
    assert len(set(drawn.values())) >= 2


def test_letters_without_a_font_are_refused_and_lacking_emoji_are_dropped(tmp_path):
    made = [Cue(0, 1, "Hello \U0001faff")]
    lettering.captions(made, Frame(360, 640), Fraction(25), tmp_path)
    with pytest.raises(lettering.Unwritable, match="\U00012000"):
        lettering.captions([Cue(0, 1, "\U00012000 a")], Frame(360, 640), Fraction(25), tmp_path)


def test_a_letter_missing_from_the_font_is_detected():
    font = fonts.choose("abc", 30)
    assert font.missing("a\U0010fffd") == ["\U0010fffd"]


@pytest.mark.parametrize(
    ("code", "letters"),
    [("en", "eng"), ("pt-BR", "por"), ("deu", "deu"), ("x!", "und"), ("", "und")],
)
def test_tracks_name_their_language_in_three_letters(code, letters):
    assert languages.three_letters(code) == letters


def test_vtt_names_its_language_and_nothing_else_gets_into_its_header():
    assert vtt([], languages.tag("pt-BR")).startswith("WEBVTT\nKind: captions\nLanguage: pt-BR\n")
    assert languages.tag("en\n\n00:00") == ""


@given(st.lists(st.text("abMwö", min_size=1, max_size=40), min_size=1, max_size=8))
@example(["MMMMaaMM"])
def test_wrapping_puts_no_space_into_a_word_and_leaves_no_letter_alone(texts):
    font = fonts.choose("abc", 40)
    lines = wrapping.wrap(" ".join(texts), font, 260)
    whole = "".join(line.removesuffix("-") + ("" if line[-1] == "-" else " ") for line in lines)
    assert whole.split() == texts
    assert all(len(line) > 1 or line in texts for line in lines)


@given(st.lists(st.text("abc <>&{\\", min_size=1), min_size=1, max_size=5))
def test_srt_and_vtt_have_the_same_cues(texts):
    made = [Cue(n * 1.5, n * 1.5 + 1, text) for n, text in enumerate(texts)]
    first, second = (write(made).replace("{\u2060\\", "{\\") for write in (srt, vtt))
    told = [
        re.findall(r"(\S+) --> (\S+)\n(.*)", part.replace(",", ".")) for part in (first, second)
    ]
    assert told[0] == told[1]
    assert len(told[0]) == len(texts)


def test_each_size_is_larger_than_the_one_before(tmp_path):
    heights = []
    for size in lettering.SIZES:
        lettering.captions(
            [Cue(0, 1, "One")], Frame(360, 640), Fraction(25), tmp_path, Look(size=size)
        )
        with Image.open(tmp_path / "caption-0000.png") as strip:
            _, top, _, bottom = strip.getchannel("A").getbbox()
        heights.append(bottom - top)
    assert heights == sorted(set(heights))
