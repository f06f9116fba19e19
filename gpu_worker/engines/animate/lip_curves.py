"""Derive lip movement from phoneme timings, by weighted targets (coarticulation).

Viewers notice two details: lips that meet for p, b and m, and a mouth that opens for a stressed
vowel. Both are set in their frames after all smoothing.

A mouth takes two to three frames (at 25 a second) from shut to wide open. A sound that sets a
shape changes the frames before and after it at that pace. If sounds ask for more than lips can
do, a closure wins and the opening stays smaller, as it does in people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.speech import (
    STEPS,
    Phoneme,
    Speech,
    frame_times,
    loudness,
    smoothed,
)
from gpu_worker.engines.animate.visemes import (
    REST,
    Viseme,
    closes_lips,
    hums,
    is_length_mark,
    is_vowel,
    opens_mouth,
    sounds,
)

Floats = npt.NDArray[np.float32]
LIP_CONTROLS = ("open", "wide", "round", "lift", "press", "tongue")
REACH = 0.050
"""Seconds by which the influence of a sound extends beyond its own time."""
QUIET, LOUD = 0.05, 0.92
"""Share of the target opening in silence, and what loudness adds to it."""
MURMUR = 0.20
"""Additional opening (mouth widths) of loud speech for any sound, which viewers expect."""
VOWEL_OPENS = 0.65
"""A stressed vowel shows at least this share of its opening."""
CLOSED_SHARE = 0.6
"""The share of a p or a b before its burst."""
OPENING = 4.0
"""Speed of the lips in mouth widths per second, about 20 cm; a wide `a` is a third of one."""
SHAPING = 7.0
"""Speed of controls from 0 to 1, per second."""


@dataclass(frozen=True, slots=True)
class _Pull:
    """A mouth shape with its time and effort."""

    shape: Viseme
    start: float
    end: float
    effort: float


def lips_from_phonemes(speech: Speech, fps: int) -> dict[str, Floats]:
    """Return the lip controls at every frame."""
    frames = speech.frames(fps)
    steps = np.arange(round(speech.seconds * STEPS) + 2) / STEPS
    pulls = _pulls(_joined(speech.phonemes))
    total = np.full(len(steps), 0.05)
    curves = {name: np.zeros(len(steps)) for name in LIP_CONTROLS}
    for pull in pulls:
        weight = _weight(pull, steps)
        total += weight
        for name in LIP_CONTROLS:
            scale = pull.effort if name in {"open", "wide"} else 1.0
            curves[name] += weight * getattr(pull.shape, name) * scale
    loud = smoothed(loudness(speech), 0.08)
    heard = np.interp(steps, np.arange(len(loud)) / STEPS, loud)
    effort = QUIET + LOUD * heard
    times = frame_times(frames, fps)
    at_frames = {}
    for name, curve in curves.items():
        shaped = curve / total
        if name == "open":
            # Lips relax at the end of words. Rounded ones open less.
            rounded = np.clip(curves["round"] / total, 0, 1)
            shaped = (shaped + MURMUR * heard * (1 - 0.6 * rounded)) * effort
        at_frames[name] = np.interp(times, steps, smoothed(shaped, 0.05)).astype(np.float32)
    _enforce(at_frames, speech.phonemes, times, 1 / fps)
    return at_frames


def _joined(phonemes: tuple[Phoneme, ...]) -> list[Phoneme]:
    """Join length marks to the sounds that they prolong."""
    joined: list[Phoneme] = []
    for phoneme in phonemes:
        if is_length_mark(phoneme.ipa) and joined:
            last = joined[-1]
            joined[-1] = Phoneme(last.ipa, last.start, phoneme.end, last.stress)
        else:
            joined.append(phoneme)
    return joined


def _pulls(phonemes: list[Phoneme]) -> list[_Pull]:
    pulls: list[_Pull] = []
    clock = 0.0
    for phoneme in phonemes:
        if phoneme.start - clock > 0.06:
            pulls.append(_Pull(REST, clock, phoneme.start, 1.0))
        shapes = sounds(phoneme.ipa)
        effort = 1.0
        if is_vowel(phoneme.ipa):
            effort = (0.85, 1.12, 1.05)[phoneme.stress]
        length = (phoneme.end - phoneme.start) / len(shapes)
        for i, shape in enumerate(shapes):
            start = phoneme.start + i * length
            pulls.append(_Pull(shape, start, start + length, effort))
        clock = phoneme.end
    pulls.append(_Pull(REST, clock, clock + 1.0, 1.0))
    return pulls


def _weight(pull: _Pull, steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the weight of a shape at each step: full inside its time, fading around it."""
    outside = np.maximum(np.maximum(pull.start - steps, steps - pull.end), 0)
    inside = min(1.0, 0.35 + (pull.end - pull.start) / 0.09)
    weight: npt.NDArray[np.float64] = (
        pull.shape.hold * inside * np.exp(-((outside / (REACH * 0.62)) ** 2))
    )
    return weight


def _enforce(
    curves: dict[str, Floats], phonemes: tuple[Phoneme, ...], times: Floats, frame_time: float
) -> None:
    """Open stressed vowels, then close p, b and m, which take precedence in one frame."""
    for phoneme in phonemes:
        if phoneme.stress and opens_mouth(phoneme.ipa):
            least = VOWEL_OPENS * max(shape.open for shape in sounds(phoneme.ipa))
            _raise_to(curves["open"], _frame(phoneme, times), least, OPENING * frame_time)
    closed = [f for p in phonemes if closes_lips(p.ipa) for f in _frames(p, times)]
    close_lips(curves, closed, frame_time)


def close_lips(
    curves: dict[str, Floats], frames: list[int], frame_time: float, speed: float = OPENING
) -> None:
    """Close the lips in these frames, and limit their speed everywhere."""
    opening, shaping = speed * frame_time, SHAPING * frame_time
    for frame in frames:
        curves["open"][frame] = curves["lift"][frame] = 0.0
        _raise_to(curves["press"], frame, 1.0, shaping)
        _lower_to(curves["round"], frame, 0.5, shaping)
    for name in ("open", "lift"):
        curves[name] = _slowed(curves[name], opening)


def _frame(phoneme: Phoneme, times: Floats) -> int:
    return int(np.argmin(np.abs(times - (phoneme.start + phoneme.end) / 2)))


def _frames(phoneme: Phoneme, times: Floats) -> list[int]:
    """Return the frames of a closure: those inside it, or at least the nearest one.

    Lips part at the burst of a p or a b, which is a part of the sound.
    """
    share = 1.0 if hums(phoneme.ipa) else CLOSED_SHARE
    shut = replace(phoneme, end=phoneme.start + share * (phoneme.end - phoneme.start))
    inside = np.flatnonzero((times >= shut.start) & (times <= shut.end))
    return sorted({_frame(shut, times), *inside.tolist()})


def _raise_to(curve: Floats, frame: int, height: float, pace: float) -> None:
    """Raise the curve at a frame, and around it as far as the speed requires."""
    np.maximum(curve, height - pace * _away(curve, frame), out=curve)


def _lower_to(curve: Floats, frame: int, height: float, pace: float) -> None:
    """Lower the curve at a frame, and around it as far as the speed requires."""
    np.minimum(curve, height + pace * _away(curve, frame), out=curve)


def _slowed(curve: Floats, pace: float) -> Floats:
    """Return the highest curve below this one that changes by at most `pace` per frame."""
    slow = curve.copy()
    for frame in range(1, len(slow)):
        slow[frame] = min(slow[frame], slow[frame - 1] + pace)
    for frame in range(len(slow) - 2, -1, -1):
        slow[frame] = min(slow[frame], slow[frame + 1] + pace)
    return slow


def _away(curve: Floats, frame: int) -> Floats:
    """Return the distance of each frame to one frame."""
    away: Floats = np.abs(np.arange(len(curve), dtype=np.float32) - frame)
    return away
