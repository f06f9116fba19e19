from __future__ import annotations

import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.domain.splitter import (
    LONGEST_SCENE_SECONDS,
    clean,
    clean_paragraphs,
    estimate_seconds,
    part_sizes,
    split,
    split_to,
)
from tests.cpu_time import at_most
from web.api.schemas.options import LONGEST_SCRIPT

MARKS = [*".!?…,;: \t\n\"'-—。、！", "\u200b", "\u00ad", "\x00", "\ud800"]
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(st.text(min_size=1, max_size=9), st.sampled_from(MARKS)), max_size=120).map(
        "".join
    ),
    st.lists(st.from_regex(r"[A-Za-zä-ü]{1,12}[.,!?]?", fullmatch=True), max_size=150).map(
        " ".join
    ),
    st.text("漢字かな。、！", max_size=200),
    st.text("0123456789, .", max_size=200),
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def said(scenes) -> str:
    return squeezed("".join(scene.text for scene in scenes))


@given(TEXTS)
def test_nothing_is_lost_and_the_order_is_kept(text):
    assert said(split(text)) == squeezed(clean(text))


@given(TEXTS)
def test_no_scene_exceeds_the_longest_duration(text):
    for scene in split(text):
        assert scene.text == scene.text.strip() != ""
        assert scene.estimated_seconds == estimate_seconds(scene.text) <= LONGEST_SCENE_SECONDS


@given(TEXTS, st.integers(1, 40))
def test_a_written_text_becomes_the_requested_number_of_scenes(text, count):
    assume(len(squeezed(clean(text))) >= count)
    scenes = split_to(text, count)
    assert [scene.index for scene in scenes] == list(range(count))
    assert said(scenes) == squeezed(clean(text))
    assert all(scene.text.strip() for scene in scenes)


@given(TEXTS)
def test_asking_for_the_number_of_scenes_it_has_changes_nothing(text):
    scenes = split(text)
    assume(scenes)
    assert split_to(text, len(scenes)) == scenes


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


@pytest.mark.parametrize(
    ("text", "scenes"),
    [
        ("One little sentence here. And a second one.", 2),
        ("Dr. Smith met Mr. J. R. Brown at 3 p.m. near the U.S. embassy today.", 1),
        ("Is it? Yes! It truly is a fine day.", 1),
        ("I paid 3.50 for it, e.g. with a card. Then I left the shop.", 2),
        ("“Come in and sit down!” he said with a smile. “Thank you very much.”", 2),
        ("今日はとても良い天気です。明日も晴れるでしょう。", 2),
        ("", 0),
        (" \n\t ", 0),
    ],
)
def test_full_stops_that_end_no_sentence_do_not_split(text, scenes):
    assert len(split(text)) == scenes


def test_a_long_sentence_is_split_at_its_commas():
    clause = "the quick brown fox jumped over the very lazy dog again"
    first, *rest = split(f"When morning came, {clause}, {clause}, {clause}, {clause}.")
    assert rest
    assert first.text.endswith(",")


def test_text_without_capitals_is_split_at_its_full_stops():
    sentence = "this is written by somebody who never uses a capital letter."
    scenes = split(" ".join([sentence] * 6))
    assert all(scene.text.endswith(".") for scene in scenes)


def test_numbers_count_as_the_words_they_are_spoken_as():
    assert estimate_seconds("It was 1998 2001 1745.") > estimate_seconds("It was then and there.")


def test_merged_scenes_are_about_equally_long():
    text = " ".join(f"Sentence number {word} is of the usual length." for word in "abcdefghijkl")
    seconds = [scene.estimated_seconds for scene in split_to(text, 4)]
    assert max(seconds) < 1.3 * min(seconds)


def test_a_split_prefers_a_clause_to_the_exact_middle():
    scenes = split_to("After the long and rainy night, the sun came out.", 2)
    assert [scene.text for scene in scenes] == [
        "After the long and rainy night,",
        "the sun came out.",
    ]


def test_a_single_letter_is_repeated_to_fill_scenes():
    assert [scene.text for scene in split_to("A", 3)] == ["A", "A", "A"]


def test_scripts_without_spaces_get_no_spaces():
    assert [scene.text for scene in split_to("今日は良い天気。明日も晴れる。", 1)] == [
        "今日は良い天気。明日も晴れる。"
    ]


def test_soft_hyphens_do_not_split_words_and_joiners_are_kept():
    assert clean("Donau\u00addampf\u200b \u202eschiff") == "Donaudampf schiff"
    assert clean("می\u200cخواهم") == "می\u200cخواهم"


HOSTILE = [
    *("Mr. ", "Mr. a.b. Dr. etc. ", "No. 1 ", "a.", "a. ", "a.a", "1.1.1.", "1", "1 ", "x", "x "),
    *("...", "... ", "?!", "?! ", '."', ".'\" ", "'\" ", "(", "[a] ", '.")]', ",", ", ", "a, "),
    *(" ", "\n", "\t", "\u3000", "\u200b", "\u00ad", "\x00", "e\u0301", "\U0001f469\u200d", " – "),
    *("漢", "字。", "字，", "。 ", "」", "한 ", "。", "、", "! a ", "Hello there, my friend. "),
]


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_the_longest_script_is_split_quickly(unit):
    """Measured: at most 0.09 s. Where it was quadratic, some of these took 20 s."""
    text = (unit * LONGEST_SCRIPT)[:LONGEST_SCRIPT]
    with at_most(0.5):
        split(text)
        split_to(text, 24)


@pytest.mark.parametrize("unit", HOSTILE, ids=ascii)
def test_twice_the_text_is_about_twice_the_work(unit):
    short, long = (events(unit * (count // len(unit))) for count in (1_500, 6_000))
    assert long < 6 * short + 2_000


def events(text: str) -> int:
    """Steps of Python's own that a cut takes: the same on every machine, however busy."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        split(text)
    finally:
        sys.setprofile(before)
    return steps


SENTENCES = (
    "This is the first scene here. This is the second scene here.\n\nAnd a third one follows."
)


def test_a_line_of_hyphens_decides_where_scenes_end():
    texts = [scene.text for scene in split("One. Two and more words.\n---\nThree.\n ---- \nFour.")]
    assert texts == ["One. Two and more words.", "Three.", "Four."]
    assert [scene.text for scene in split(f"{SENTENCES}\n---")] == [clean(SENTENCES)]
    assert [scene.text for scene in split("---\n\n---")] == []
    assert len(split("Three hyphens --- in a line are a pause. They are not a scene's end.")) == 2


def test_a_marked_scene_that_is_too_long_fills_several():
    first, *others, last = split(f"{'A sentence of just six words. ' * 12}\n---\nAnd the end.")
    assert len(others) >= 1
    assert first.estimated_seconds <= LONGEST_SCENE_SECONDS
    assert last.text == "And the end."


@given(
    st.lists(
        st.sampled_from(["---", "\n", "\n\n", "--\u200b-", "<p>", "Six words are in a sentence. "])
    )
)
def test_marks_survive_cleaning(parts):
    text = "".join(parts)
    cleaned = clean_paragraphs(text)
    assert clean_paragraphs(cleaned) == cleaned
    assert split(cleaned) == split(text)
    assert said(split(text)) == squeezed(clean(text))


@pytest.mark.parametrize(
    ("letter", "most"),
    # 31 words: of two wide characters, of a digit each, of twelve letters without a space.
    [("漢", 62), ("7", 31), ("a", 31 * 12)],
)
def test_a_long_word_counts_as_many(letter, most):
    assert len(split(letter * most)) == 1
    assert len(split(letter * (most + 12))) == 2


def test_clauses_without_spaces_fill_a_scene():
    """Joined, two clauses of three characters are three words, and not two."""
    assert [len(scene.text) for scene in split("漢字、" * 22)] == [63, 3]


def test_parts_between_marks_become_as_many_scenes_as_they_fill() -> None:
    sentence = "This sentence is one of those that are long enough for a scene of their own. "
    whole = sentence * 6
    scenes = len(split(whole))
    assert scenes > 1
    assert part_sizes(whole) == [1] * scenes, "without marks, each scene is a part"
    marked = f"One.\n---\n{whole}"
    assert part_sizes(marked) == [1, len(split(marked)) - 1]
