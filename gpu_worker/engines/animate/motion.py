"""Generate idle motion: the head sways and nods, eyes blink, brows rise.

The seed decides all of it. Every scene begins and ends near rest, so that scenes join without a
jump.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.speech import STEPS, Speech, frame_times, loudness, smoothed

Floats = npt.NDArray[np.float32]
EASE = 0.35
BLINK = (0.35, 0.95, 1.0, 0.8, 0.45, 0.15)
"""A blink at 25 frames a second: down fast, up slowly."""
BREATHS_PER_SECOND = 0.27


def idle_motion(speech: Speech, fps: int, seed: int) -> dict[str, Floats]:
    """Return all controls except those of the lips, at every frame."""
    chance = np.random.default_rng(seed)
    frames = speech.frames(fps)
    times = np.arange(frames) / fps
    rest = _ease(times, frames / fps)
    stress = _stress(speech, frames, fps)

    def drift(size: float, *hertz: float) -> Floats:
        waves = [
            size
            * chance.uniform(0.5, 1)
            / (i + 1)
            * np.sin(2 * np.pi * (f * times + chance.random()))
            for i, f in enumerate(hertz)
        ]
        moved: Floats = np.sum(waves, axis=0).astype(np.float32)
        return moved

    motion = {
        "yaw": drift(0.050, 0.16, 0.29, 0.55),
        "pitch": drift(0.022, 0.19, 0.41) + 0.040 * (stress - 0.25),
        "roll": drift(0.020, 0.13, 0.33),
        "sway": drift(1.6, 0.11, 0.27),
        "bob": drift(0.8, 0.21, 0.37),
        "breath": 1.3 * np.sin(2 * np.pi * (BREATHS_PER_SECOND * times + chance.random())),
        "brow": np.clip(0.9 * (stress - 0.45) + drift(0.22, 0.14, 0.31), 0, 1),
        "gaze": _glances(chance, frames, fps),
    }
    motion = {name: (curve * rest).astype(np.float32) for name, curve in motion.items()}
    motion["blink"] = _blinks(chance, frames, fps)
    return motion


def _ease(times: Floats, seconds: float) -> Floats:
    """Return a curve that is 0 at both ends of the scene and 1 inside."""
    edge = np.clip(np.minimum(times, seconds - times) / min(EASE, seconds / 2), 0, 1)
    eased: Floats = edge * edge * (3 - 2 * edge)
    return eased


def _stress(speech: Speech, frames: int, fps: int) -> Floats:
    """Return the stress of the speech, 0 to 1: its loudness relative to the second around it."""
    loud = loudness(speech)
    force = np.clip((smoothed(loud, 0.16) - smoothed(loud, 1.2)) * 2.2 + 0.15, 0, 1)
    late = frame_times(frames, fps)
    steps = np.arange(len(force)) / STEPS
    stress: Floats = np.interp(late, steps, smoothed(force, 0.2)).astype(np.float32)
    return stress


def _glances(chance: np.random.Generator, frames: int, fps: int) -> Floats:
    """Generate glances: eyes hold a direction, and jump within two frames."""
    aside = np.zeros(frames, np.float32)
    start = 0
    while start < frames:
        hold = round(chance.uniform(0.7, 2.6) * fps)
        aside[start : start + hold] = chance.choice([0.0, 0.0, chance.uniform(-1, 1)])
        start += hold
    padded = np.pad(aside, 1, mode="edge")
    return np.convolve(padded, [0.25, 0.5, 0.25], "valid").astype(np.float32)


def _blinks(chance: np.random.Generator, frames: int, fps: int) -> Floats:
    """Generate a blink every two to five seconds, sometimes a double one, none at a join."""
    lids = np.zeros(frames, np.float32)
    shape = np.interp(
        np.arange(0, len(BLINK), 25 / fps), np.arange(len(BLINK)), BLINK, right=0.0
    ).astype(np.float32)
    clock = chance.uniform(0.5, 2.2)
    while (start := round(clock * fps)) + len(shape) < frames - 0.2 * fps:
        lids[start : start + len(shape)] = np.maximum(lids[start : start + len(shape)], shape)
        clock += 0.45 if chance.random() < 0.12 else chance.uniform(1.9, 4.8)
    return lids
