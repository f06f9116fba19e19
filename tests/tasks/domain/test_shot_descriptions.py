"""What a shot of a sample looks like, in words that any model of clips understands."""

from __future__ import annotations

import pytest

from tasks.domain.plan_rules import Wishes, colour_name, describe, plan_by_rules
from tasks.domain.sample_facts import (
    Box,
    Face,
    Light,
    PaletteColour,
    SampleFacts,
    SampleSound,
    Shot,
    SpokenWord,
    Technical,
)


def face(height: float) -> Face:
    return Face(Box(0.2, 0.2, 0.2, height))


def palette(*colours: str) -> tuple[PaletteColour, ...]:
    return tuple(PaletteColour(colour, 0.2) for colour in colours)


@pytest.mark.parametrize(
    ("shot", "character", "sentence"),
    [
        (Shot(0, 4), "", "A scene, calm motion."),
        (Shot(0, 4, motion=0.4), "", "A scene, calm motion."),
        (Shot(0, 4, motion=0.41), "", "A scene, lively motion."),
        (Shot(0, 4, faces=(face(0.35),)), "", "A person, calm motion."),
        (Shot(0, 4, faces=(face(0.36),)), "", "A person, close-up, calm motion."),
        (Shot(0, 4, faces=(face(0.1), face(0.9))), "", "2 people, calm motion."),
        (Shot(0, 4, subjects=("dog", "ball", "lawn", "sky")), "", "Dog, ball, lawn, calm motion."),
        (Shot(0, 4, subjects=("dog",), faces=(face(0.1),)), "", "Dog, calm motion."),
        (Shot(0, 4, subjects=("dog",)), "a chef", "A chef, calm motion."),
        (Shot(0, 4, light=Light(0.5, 0.4)), "", "A scene, soft light, calm motion."),
        (
            *(Shot(0, 4, light=Light(0.5, 0.4, warmth=0.15)), ""),
            "A scene, soft light, calm motion.",
        ),
        (
            *(Shot(0, 4, light=Light(0.1, 0.4, warmth=0.16, key="low")), ""),
            "A scene, low-key light, warm tones, calm motion.",
        ),
        (
            *(Shot(0, 4, light=Light(0.9, 0.4, warmth=-0.16, key="high")), ""),
            "A scene, bright light, cool tones, calm motion.",
        ),
        (
            *(Shot(0, 4, palette=palette("#ff0000", "#f00000", "#0000ff", "#00ff00")), ""),
            "A scene, colours red and blue, calm motion.",
        ),
    ],
)
def test_a_shot_is_described(shot: Shot, character: str, sentence: str) -> None:
    assert describe(shot, character) == sentence


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#1e1e1e", "black"),
        ("#1f1f1f", "grey"),
        ("#ebebeb", "white"),
        ("#eaeaea", "grey"),
        ("#ff0000", "red"),
        ("#ff003c", "red"),
        ("#ff8000", "orange"),
        ("#ffff00", "yellow"),
        ("#00ff00", "green"),
        ("#00ffff", "teal"),
        ("#0000ff", "blue"),
        ("#8000ff", "violet"),
        ("#ff00ff", "pink"),
    ],
)
def test_a_colour_has_a_name(colour: str, name: str) -> None:
    assert colour_name(colour) == name


@pytest.mark.parametrize(("length", "fits"), [(17, True), (18, False)])
def test_a_scene_says_what_its_shot_says_as_far_as_it_fits(length: int, fits: bool) -> None:
    last = "x" * length
    words = (
        SpokenWord("before", 0.0, 1.0),
        SpokenWord("across", 3.8, 4.2),  # its middle is where the second shot begins
        SpokenWord("w" * 20, 5.0, 6.0),
        SpokenWord(last, 6.0, 6.8),
    )
    facts = SampleFacts(
        Technical(1080, 1920, 7.0, 30.0),
        (Shot(0, 4, "start"), Shot(4, 7)),
        SampleSound("speech", words=words),
    )
    first, second = plan_by_rules(facts, Wishes("Mine")).scenes
    assert first.voice_line == "before"
    assert second.seconds == 3.0  # has room for 45 characters
    assert second.voice_line == f"across {'w' * 20}" + (f" {last}" if fits else "")
