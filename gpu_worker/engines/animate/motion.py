"""Move a person who speaks: the head sways and nods, the eyes blink, the brows rise.

The seed decides all of it. Every scene begins and ends near rest, so that two
scenes join without a jump.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.speech import STEPS, Speech, frame_times, loudness, smoothed

Floats = npt.NDArray[np.float32]
EASE = 0.35
BREATHS_PER_SECOND = 0.27
STILL = 0.4
"""The share of a speaker's head movement that remains in silence."""
BLINK_EVERY = (3.0, 0.5)
"""Seconds between two blinks of a speaker: the median, and the spread of its logarithm."""
FIXATION = (1.1, 0.55)
"""Seconds that the eyes rest in one place: the same two values."""
STEADY = 7.0
"""How much the eyes turn against the head to keep their target: gaze per radian."""


def idle_motion(speech: Speech, fps: int, seed: int) -> dict[str, Floats]:
    """Return all controls except those of the lips, at every frame."""
    chance = np.random.default_rng(seed)
    frames = speech.frames(fps)
    times = np.arange(frames) / fps
    rest = _ease(times, frames / fps)
    stress = _stress(speech, frames, fps)
    lively = STILL + (1 - STILL) * _energy(speech, frames, fps)

    def drift(size: float, pace: float) -> Floats:
        moved: Floats = (size * lively * _wander(chance, times, pace)).astype(np.float32)
        return moved

    yaw = drift(0.050, 1.9)
    motion = {
        "yaw": yaw,
        "pitch": drift(0.022, 1.6) + 0.040 * (stress - 0.25),
        # A head that turns also leans a little.
        "roll": drift(0.016, 2.4) + 0.2 * yaw,
        "sway": drift(1.6, 2.8),
        "bob": drift(0.8, 2.2),
        "breath": 1.3 * np.sin(2 * np.pi * _breaths(chance, times)),
        "brow": np.clip(0.9 * (stress - 0.45) + drift(0.22, 2.5), 0, 1),
        "gaze": np.clip(_glances(chance, frames, fps) - STEADY * yaw, -1, 1),
    }
    motion = {name: (curve * rest).astype(np.float32) for name, curve in motion.items()}
    motion["blink"] = _blinks(chance, frames, fps)
    return motion


def _wander(chance: np.random.Generator, times: Floats, pace: float) -> Floats:
    """Move from one random place to the next at random times, so that nothing repeats."""
    total = np.zeros(len(times), np.float32)
    for size, every in ((0.85, pace), (0.3, pace / 2.7)):
        count = int(times[-1] / (0.35 * every)) + 4
        gaps = np.clip(every * np.exp(0.45 * chance.standard_normal(count)), 0.35 * every, None)
        knots = np.cumsum(gaps) - gaps[0] - every * chance.random()
        places = np.tanh(0.8 * chance.standard_normal(count))
        at = np.clip(np.searchsorted(knots, times, "right") - 1, 0, count - 2)
        t = np.clip((times - knots[at]) / (knots[at + 1] - knots[at]), 0, 1)
        # Minimum jerk, like movements of limbs and heads.
        way = t * t * t * (10 + t * (6 * t - 15))
        total += size * (places[at] + (places[at + 1] - places[at]) * way)
    return total


def _breaths(chance: np.random.Generator, times: Floats) -> Floats:
    """Return the number of breaths so far; each takes another time."""
    pace = BREATHS_PER_SECOND * (1 + 0.25 * _wander(chance, times, 4.0))
    step = float(times[1] - times[0]) if len(times) > 1 else 0.0
    breaths: Floats = (chance.random() + np.cumsum(pace) * step).astype(np.float32)
    return breaths


def _ease(times: Floats, seconds: float) -> Floats:
    """Return 0 at both ends of the scene and 1 inside."""
    edge = np.clip(np.minimum(times, seconds - times) / min(EASE, seconds / 2), 0, 1)
    eased: Floats = edge * edge * (3 - 2 * edge)
    return eased


def _energy(speech: Speech, frames: int, fps: int) -> Floats:
    """Return how much is spoken within about a second: 0 in silence, at most 1."""
    loud = smoothed(np.clip(loudness(speech), 0, 1), 0.9)
    steps = np.arange(len(loud)) / STEPS
    energy: Floats = np.interp(frame_times(frames, fps), steps, loud).astype(np.float32)
    return energy


def _stress(speech: Speech, frames: int, fps: int) -> Floats:
    """Return the stress of speech, 0 to 1: its loudness relative to the second around it."""
    loud = loudness(speech)
    force = np.clip((smoothed(loud, 0.16) - smoothed(loud, 1.2)) * 2.2 + 0.15, 0, 1)
    late = frame_times(frames, fps)
    steps = np.arange(len(force)) / STEPS
    stress: Floats = np.interp(late, steps, smoothed(force, 0.2)).astype(np.float32)
    return stress


def _glances(chance: np.random.Generator, frames: int, fps: int) -> Floats:
    """Return the gaze: eyes rest, mostly on the viewer, and jump within two frames."""
    aside = np.zeros(frames, np.float32)
    start = 0
    while start < frames:
        hold = max(0.2, _lognormal(chance, FIXATION))
        stop = start + max(2, round(hold * fps))
        glance = chance.uniform(-0.9, 0.9) if chance.random() < 0.3 else chance.normal(0, 0.12)
        aside[start:stop] = glance
        start = stop
    padded = np.pad(aside, (1, 0), mode="edge")
    return np.convolve(padded, [0.5, 0.5], "valid").astype(np.float32)


def _blinks(chance: np.random.Generator, frames: int, fps: int) -> Floats:
    """Return blinks at the intervals of speakers; some are double, none is at a join of scenes."""
    lids = np.zeros(frames, np.float32)
    clock = chance.uniform(0.4, 2.2)
    while True:
        shape = _blink(chance, fps)
        start = round(clock * fps)
        if start + len(shape) >= frames - 0.2 * fps:
            return lids
        lids[start : start + len(shape)] = np.maximum(lids[start : start + len(shape)], shape)
        double = chance.random() < 0.08
        clock += len(shape) / fps
        clock += 0.12 if double else min(9.0, max(0.5, _lognormal(chance, BLINK_EVERY)))


def _blink(chance: np.random.Generator, fps: int) -> Floats:
    """Return one blink: closed within a tenth of a second, and opened in twice that time."""
    down, shut, up = 0.08, 0.03 + 0.05 * chance.random(), 0.20
    pace = float(np.clip(np.exp(0.18 * chance.standard_normal()), 0.75, 1.5))
    lasts = pace * np.array([down, shut, up])
    at = (np.arange(int(lasts.sum() * fps) + 1) + 0.5) / fps
    closing = np.clip(at / lasts[0], 0, 1)
    opening = np.clip((at - lasts[0] - lasts[1]) / lasts[2], 0, 1)
    shape = closing * closing * (3 - 2 * closing) * (1 - opening) ** 1.5
    # The lowest frame is fully closed, wherever the frames fall.
    whole: Floats = np.clip(shape / shape.max(), 0, 1).astype(np.float32)
    return whole


def _lognormal(chance: np.random.Generator, law: tuple[float, float]) -> float:
    middle, spread = law
    return float(middle * np.exp(spread * chance.standard_normal()))
