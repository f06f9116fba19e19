"""Derive lip movement from sound alone, for recorded speech.

Loudness opens the mouth, the balance of low and high voice sounds tells round from wide lips, hiss
closes the teeth, and what sounds like p, b or m closes the lips.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.closures import closures
from gpu_worker.engines.animate.lip_curves import close_lips
from gpu_worker.engines.animate.speech import STEPS, Speech, frame_times, smoothed

Floats = npt.NDArray[np.float32]
WINDOW = 0.025
OPENING = 2.7
"""Speed of the lips in mouth widths per second: slower than with known sounds, because a closure
that is only heard may be a frame early or late."""


def lips_from_audio(speech: Speech, fps: int) -> dict[str, Floats]:
    """Return the lip controls at every frame."""
    power, hertz = spectrum(speech)

    def band(low: float, high: float) -> Floats:
        inside: Floats = power[:, (hertz >= low) & (hertz < high)].sum(1) + 1e-9
        return inside

    voice = _level(band(80, 4000))
    hiss = np.clip((10 * np.log10(band(3800, 8000) / band(200, 2500)) + 2) / 10, 0, 1)
    # The first formant rises as the jaw falls.
    low_jaw = np.clip((band(550, 1100) / (band(80, 450) + band(550, 1100)) - 0.15) / 0.6, 0, 1)
    bright = _brightness(power, hertz, voice)
    opening = voice**1.3 * (0.12 + 0.24 * (0.35 + 0.65 * low_jaw)) * (1 - 0.65 * hiss)
    curves = {
        "open": smoothed(opening - _dips(opening), 0.06),
        "wide": smoothed(voice * (bright - 0.45) * 0.2, 0.09),
        "round": smoothed(voice * np.clip(0.42 - bright, 0, 1) * 1.7 * (1 - hiss), 0.09),
        "lift": smoothed(0.03 * hiss * voice, 0.07),
        "press": np.zeros_like(opening),
        "tongue": smoothed(0.4 * voice * (1 - low_jaw), 0.08),
    }
    times = frame_times(speech.frames(fps), fps)
    steps = np.arange(len(opening)) / STEPS
    at_frames = {
        name: np.interp(times, steps, curve).astype(np.float32) for name, curve in curves.items()
    }
    closed = [int(np.argmin(np.abs(times - step / STEPS))) for step in closures(power, hertz)]
    close_lips(at_frames, closed, 1 / fps, OPENING)
    return at_frames


def spectrum(speech: Speech) -> tuple[Floats, Floats]:
    """Return the power of short windows, one per step, and the frequency of each column."""
    size = round(WINDOW * speech.rate)
    count = round(speech.seconds * STEPS) + 1
    padded = np.pad(speech.samples, (size // 2, size + speech.rate // STEPS))
    starts = (np.arange(count) * speech.rate / STEPS).astype(int)
    shape = np.hanning(size).astype(np.float32)
    # A minute at a time would be 100 MB; this stays small for any length.
    parts = [
        np.abs(np.fft.rfft(padded[chunk[:, None] + np.arange(size)] * shape, 1024)) ** 2
        for chunk in np.array_split(starts, max(1, count // 1000))
    ]
    return np.concatenate(parts).astype(np.float32), np.fft.rfftfreq(1024, 1 / speech.rate)


def _level(energy: Floats) -> Floats:
    """Scale loudness between the silence (0) and the loud parts (1) of this recording."""
    decibel = 10 * np.log10(energy)
    loud = float(np.percentile(decibel, 96))
    silence = max(float(np.percentile(decibel, 5)) + 6, loud - 34)
    if loud - silence < 6:
        return np.zeros_like(energy)
    level: Floats = np.clip((decibel - silence) / (loud - silence), 0, 1)
    return level


def _brightness(power: Floats, hertz: Floats, voice: Floats) -> Floats:
    """Return 0 for the darkest vowels of this speaker (u, o), 1 for the brightest (i, e)."""
    vowels = (hertz > 300) & (hertz < 3500)
    centre = (power[:, vowels] * hertz[vowels]).sum(1) / (power[:, vowels].sum(1) + 1e-9)
    voiced = centre[voice > 0.35]
    low, high = np.percentile(voiced, [10, 90]) if len(voiced) else (500.0, 1500.0)
    scaled: Floats = np.clip((centre - low) / (high - low + 1), 0, 1)
    return scaled


def _dips(opening: Floats) -> Floats:
    """Return the depth of short weak moments between louder ones, which are closures."""
    around = smoothed(opening, 0.22)
    dips: Floats = np.clip(around - opening - 0.01, 0, 0.12) * 0.8
    return dips
