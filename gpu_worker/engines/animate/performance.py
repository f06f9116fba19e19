"""Combine lip movement and idle motion: every control at every frame of a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate.audio_curves import lips_from_audio
from gpu_worker.engines.animate.lip_curves import lips_from_phonemes
from gpu_worker.engines.animate.motion import idle_motion
from gpu_worker.engines.animate.speech import Speech

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Performance:
    """Controls by name, one value per frame; `driver` names what moved the lips."""

    curves: dict[str, Floats]
    frames: int
    driver: str

    def at(self, frame: int) -> dict[str, float]:
        return {name: float(curve[frame]) for name, curve in self.curves.items()}


def perform(speech: Speech, fps: int, seed: int) -> Performance:
    """Return the performance of a scene; equal speech and seed give the same one."""
    driver = "phonemes" if speech.phonemes else "audio"
    lips = lips_from_phonemes if speech.phonemes else lips_from_audio
    curves = idle_motion(speech, fps, seed) | lips(speech, fps)
    curves["close"] = np.ones_like(curves["open"])
    curves["relax"] = np.ones_like(curves["open"])
    return Performance(curves, speech.frames(fps), driver)
