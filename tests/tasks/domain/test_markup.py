"""Markup is neither spoken nor shown, and paragraphs end with a longer rest."""

from __future__ import annotations

import pytest

from tasks.domain.markup import has_markup, strip_markup
from tasks.domain.splitter import (
    CLAUSE_SECONDS,
    PARAGRAPH_SECONDS,
    SENTENCE_SECONDS,
    clean,
    clean_paragraphs,
    split,
    split_to,
)
from tests.cpu_time import at_most


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ('<speak>Hello <break time="500ms"/>there.</speak>', "Hello there."),
        ("<b>Bold</b> and <a href='https://x.org'>linked</a>", "Bold and linked"),
        ('<prosody rate="slow">Slow</prosody>', "Slow"),
        ('<mstts:express-as style="sad">Oh</mstts:express-as>', "Oh"),
        ("<script>alert(1)</script>Hi<!-- no -->", "Hi"),
        ('<?xml version="1.0"?><p>One</p><p>Two</p>', "One Two"),
        ("Fish &amp; chips &lt;b&gt;now&lt;/b&gt;", "Fish & chips now"),
        ("I <3 you", "I <3 you"),
        ("a < b and c > d", "a < b and c > d"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("x <y and z> w", "x <y and z> w"),
    ],
)
def test_tags_go_and_everything_else_stays(written: str, left: str) -> None:
    assert clean(written) == left
    assert has_markup(written) == (strip_markup(written) != written and "<" in written)


@pytest.mark.parametrize(
    "unit", ["<", "<b", "<b ", "<p>", "<!--", "<script>", "&", "&#1", "<b a=", "</"]
)
def test_hostile_markup_is_removed_in_linear_time(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    with at_most(2):
        strip_markup(text)
        has_markup(text)


def test_a_paragraph_ends_with_the_longest_rest() -> None:
    text = (
        "The first sentence has enough words. The second one has enough words too.\n\n"
        "Another paragraph begins here now.\n \nAnd the last one is this."
    )
    scenes = split(text)
    assert [scene.pause_after for scene in scenes] == [
        *(SENTENCE_SECONDS, PARAGRAPH_SECONDS),
        *(PARAGRAPH_SECONDS, 0.0),
    ]
    assert split(clean_paragraphs(text)) == scenes == split_to(text, 4)
    long = split(", ".join(["these are five more words"] * 12) + ".")
    assert {scene.pause_after for scene in long[:-1]} == {CLAUSE_SECONDS}


def test_paragraphs_of_a_word_are_no_scenes_of_their_own() -> None:
    assert len(split("Yes.\n\nNo.\n\nMaybe.\n\nWe shall see about all that.")) == 1
    assert len(split("a\n\n" * 5_000)) < 400
