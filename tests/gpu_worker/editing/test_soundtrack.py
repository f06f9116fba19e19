"""Music on known beats, effects that can be heard, and music that gives way to voices."""

from __future__ import annotations

import numpy as np
import pytest

from gpu_worker.media.soundtrack import beats, effects, mix, music, recordings
from gpu_worker.media.soundtrack.synthesis import RATE
from tasks.domain.video_plan import SOUNDS


def test_equal_wishes_give_equal_music_and_others_other() -> None:
    first, again, other = (music.bed(4, prompt, None, 7) for prompt in ("calm", "calm", "party"))
    assert np.array_equal(first.samples, again.samples)
    assert first.samples.shape == (4 * RATE, 2)
    assert (first.mood, other.mood) == ("calm", "energetic")
    assert not np.array_equal(first.samples, other.samples)


def test_the_beats_of_generated_music_are_found_again() -> None:
    bed = music.bed(12, "energetic", 120, 1)
    found = beats.find(recordings.for_beats(bed.samples))
    assert found.is_rhythmic
    assert found.tempo == pytest.approx(120, rel=0.03)
    near = [min(abs(at - beat) for beat in bed.beats) for at in found.times[2:]]
    assert np.median(near) < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("mood", music.MOODS, ids=lambda mood: mood.name)
def test_no_mood_is_silent_or_overdriven(mood: music.Mood) -> None:
    samples = music.bed(20, mood.name, None, 3).samples
    assert np.abs(samples).max() <= 0.81
    level = np.sqrt(np.square(samples.reshape(20, RATE * 2)).mean(axis=1))
    assert level[1:-2].min() > 0.01


@pytest.mark.slow
def test_the_library_has_every_sound_of_a_plan() -> None:
    made = {name: effects.effect(name, 3.0, 1) for name in SOUNDS}
    for name, samples in made.items():
        assert samples.shape[1] == 2
        assert np.isfinite(samples).all()
        assert 0.1 < np.abs(samples).max() <= 0.71, name
        assert np.abs(samples[-1]).max() < 0.02
    assert all(len(made[name]) == 3 * RATE for name in effects.AMBIENCES)


def test_music_gives_way_to_a_voice() -> None:
    voice = np.zeros((4 * RATE, 2), np.float32)
    voice[RATE : 2 * RATE] = 0.1
    level = mix.ducking(voice)[:, 0]
    assert level[RATE // 2] == pytest.approx(1.0)
    assert level[round(1.5 * RATE)] == pytest.approx(mix.DUCKED, abs=0.01)
    assert level[RATE] < 0.7  # it gives way a moment before
    assert level[-1] == pytest.approx(1.0)
