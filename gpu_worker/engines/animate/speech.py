"""Read the speech and its timings for the animator."""

from __future__ import annotations

import json
import wave
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks.domain.errors import InputRefused

Floats = npt.NDArray[np.float32]
STEPS = 100
"""Steps per second of control curves, which are then sampled at the frames."""
LEAD = 0.03
"""Seconds by which lips move before the sound; later lips look out of sync."""


@dataclass(frozen=True, slots=True)
class Phoneme:
    ipa: str
    start: float
    end: float
    stress: int = 0


@dataclass(frozen=True)
class Speech:
    """The sound of one scene, and its phonemes if the voice engine reported them."""

    samples: Floats
    rate: int
    phonemes: tuple[Phoneme, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def frames(self, fps: int) -> int:
        # A rounding error must not add a frame.
        return max(1, ceil(round(self.seconds * fps, 6)))


def read_speech(wav: Path, timings: Path) -> Speech:
    try:
        with wave.open(str(wav), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise InputRefused("The speech cannot be read.", cause=str(error)) from error
    if width != 2:
        raise InputRefused("The speech must have 16 bits per sample.", sample_width=width)
    samples = np.frombuffer(data, "<i2").reshape(-1, channels).mean(axis=1) / 32768
    said = json.loads(timings.read_text())
    phonemes = tuple(
        Phoneme(p["ipa"], float(p["start"]), float(p["end"]), int(p.get("stress", 0)))
        for p in said["phonemes"]
        if p["end"] > p["start"]
    )
    return Speech(samples.astype(np.float32), rate, phonemes)


def frame_times(frames: int, fps: int) -> Floats:
    """Return the time in the sound that each frame shows."""
    return ((np.arange(frames) + 0.5) / fps + LEAD).astype(np.float32)


def loudness(speech: Speech) -> Floats:
    """Return the loudness at each step: 1 for the loud parts, 0 at 40 dB below them."""
    hop = speech.rate / STEPS
    count = ceil(speech.seconds * STEPS) + 1
    power = np.concatenate([[0.0], np.cumsum(speech.samples.astype(np.float64) ** 2)])
    ends = np.clip((np.arange(count)[:, None] + [-1.5, 1.5]) * hop, 0, len(power) - 1).astype(int)
    energy = (power[ends[:, 1]] - power[ends[:, 0]]) / np.maximum(ends[:, 1] - ends[:, 0], 1)
    level = 10 * np.log10(energy + 1e-10)
    loud = float(np.percentile(level, 95))
    if loud < -60:
        return np.zeros(count, np.float32)
    scaled: Floats = np.clip((level - loud + 40) / 40, 0, 1.1).astype(np.float32)
    return scaled


def smoothed(curve: Floats, seconds: float) -> Floats:
    """Smooth a curve with a Hann window of the given length."""
    window = np.hanning(max(3, 2 * round(seconds * STEPS / 2) + 3))
    padded = np.pad(curve, len(window) // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), "valid").astype(np.float32)
