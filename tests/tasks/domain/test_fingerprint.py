"""Fingerprints: strict to read, and alike only for the same video."""

from __future__ import annotations

import json
import random

import pytest

from tasks.domain.fingerprint import (
    FRAME_BITS,
    LONGEST_SECONDS,
    Fingerprint,
    FingerprintInvalid,
    Likeness,
    compare,
    distance,
)

SECOND = 31
"""Sounds of a second, nearly."""


def numbers(count: int, bits: int, seed: int = 1) -> tuple[int, ...]:
    chance = random.Random(seed)
    return tuple(chance.getrandbits(bits) | 1 for _ in range(count))


def sounds(count: int, seed: int = 1) -> tuple[int, ...]:
    return numbers(count, 32, seed)


def spoiled(known: tuple[int, ...], bits: int) -> tuple[int, ...]:
    """The same with this many lowest bits of each number changed."""
    return tuple(number ^ ((1 << bits) - 1) for number in known)


def likeness(found: tuple[int, ...], known: tuple[int, ...]) -> float | None:
    return compare(Fingerprint((), found), Fingerprint((), known)).sound


def test_a_fingerprint_is_the_same_after_it_was_written_and_read() -> None:
    made = Fingerprint((0, 2**64 - 1, 5), (2**32 - 1, 0, 7))
    assert Fingerprint.from_json(made.to_json()) == made
    assert json.loads(made.to_json())["sounds"] == "ffffffff0000000000000007"


LONGEST = Fingerprint((1,) * (LONGEST_SECONDS + 2), (1,) * (round(LONGEST_SECONDS * 31.25) + 2))


def test_the_longest_fingerprint_is_read_and_a_longer_one_is_not() -> None:
    assert Fingerprint.from_json(LONGEST.to_json()) == LONGEST
    for longer in (
        Fingerprint((*LONGEST.frames, 1), LONGEST.sounds),
        Fingerprint(LONGEST.frames, (*LONGEST.sounds, 1)),
    ):
        with pytest.raises(FingerprintInvalid):
            Fingerprint.from_json(longer.to_json())


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "[" * 100_000),
        '{"version": 2, "frames": "", "sounds": ""}',
        '{"frames": "", "sounds": ""}',
        '{"version": 1, "frames": "", "sounds": null}',
        '{"version": 1, "sounds": ""}',
        '{"version": 1, "frames": "0123456789abcde", "sounds": ""}',
        '{"version": 1, "frames": "0123456789abcdef0", "sounds": ""}',
        '{"version": 1, "frames": "0123456789abcdeg", "sounds": ""}',
        '{"version": 1, "frames": "0123456789ABCDEF", "sounds": ""}',
        '{"version": 1, "frames": "", "sounds": "0123456"}',
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(FingerprintInvalid):
        Fingerprint.from_json(text)


def test_frames_differ_by_their_bits() -> None:
    assert (distance(0b1100, 0b1010), distance(7, 7), distance(0, 2**64 - 1)) == (2, 0, 64)


def picture(found: tuple[int, ...], known: tuple[int, ...]) -> Likeness:
    return compare(Fingerprint(found), Fingerprint(known))


def test_each_frame_counts_by_the_most_similar_one() -> None:
    known = (0b1111, 2**64 - 1, 0)
    assert picture((0b1111,), known).picture == 1
    assert picture((0b0111, 0b1111), known).picture == round(1 - 0.5 / FRAME_BITS, 4)
    assert picture((0b0111, 0b0111, 0b1111), known).picture == round(1 - 0.5 / FRAME_BITS, 4)
    assert picture((0b1111, 0), known).picture == 1, "a frame without features does not count"
    assert picture((), known).picture is None
    assert picture((0,), known).picture is None
    assert picture(known, (0,)).picture is None


@pytest.mark.parametrize(("bits", "same"), [(0, True), (13, True), (14, False), (20, False)])
def test_pictures_are_the_same_below_fourteen_different_bits(bits: int, same: bool) -> None:
    frames = numbers(1, 64)
    assert picture(spoiled(frames, bits), frames).has_same_picture is same


@pytest.mark.parametrize(("bits", "same"), [(0, True), (10, True), (11, False), (16, False)])
def test_sounds_are_the_same_below_a_third_of_different_bits(bits: int, same: bool) -> None:
    known = sounds(100)
    found = compare(Fingerprint((), spoiled(known, bits)), Fingerprint((), known))
    assert found.has_same_sound is same
    assert found.sound == round(1 - bits / 32, 4)


def test_a_video_is_the_same_if_picture_and_sound_are() -> None:
    frames, heard = numbers(3, 64), sounds(100)
    whole = Fingerprint(frames, heard)
    assert compare(whole, whole) == Likeness(1.0, 1.0)
    assert compare(whole, whole).is_same
    for other in (
        Fingerprint(frames, sounds(100, 2)),
        Fingerprint(numbers(3, 64, 9), heard),
        Fingerprint(frames),
        Fingerprint((), heard),
        Fingerprint(),
    ):
        assert not compare(other, whole).is_same
    assert compare(Fingerprint(), whole) == Likeness(None, None)
    assert compare(Fingerprint(), whole).has_same_picture is None
    assert compare(Fingerprint(), whole).has_same_sound is None


@pytest.mark.parametrize("at", [0, 1, 5 * SECOND, 10 * SECOND])
def test_a_part_of_a_sound_is_found_wherever_it_begins(at: int) -> None:
    known = sounds(20 * SECOND)
    part = known[at : at + 10 * SECOND]
    assert likeness(part, known) == likeness(known, part) == 1.0
    assert likeness(sounds(10 * SECOND, 5), known) == pytest.approx(0.5, abs=0.06)


def test_too_little_sound_says_nothing() -> None:
    known = sounds(100)
    assert likeness(known[:47], known) == likeness(known[:47], known[:47]) == 1.0
    assert likeness(known[:46], known) is None
    assert likeness((*known[:46], *(0,) * 300), known) is None, "the rest is silence"
    assert likeness((*known[:46], *(0,) * 54), (*known[:46], *(0,) * 54)) is None
    assert likeness((0,) * 100, known) is None


def test_the_fullest_parts_count() -> None:
    """Two videos are alike by what is heard, wherever silence stands."""
    silence, sentence = (0,) * (20 * SECOND), sounds(10 * SECOND)
    assert likeness((*silence, *sentence), (*silence, *sentence)) == 1.0
    assert likeness((*silence, *sentence, *silence), (*sentence, *silence, *silence)) == 1.0


def test_one_of_the_three_fullest_blocks_is_enough() -> None:
    """A video of which a part was replaced is still found by the rest."""
    whole = sounds(32 * SECOND)
    replaced = (*sounds(8 * SECOND, 3), *whole[8 * SECOND :])
    assert likeness(replaced, whole) == 1.0
