"""Write a scene for SadTalker: files in a folder, with the names that it reads."""

from __future__ import annotations

import wave
from math import ceil
from pathlib import Path

import cv2
import numpy as np

from gpu_worker.engines.animate.face_window import FaceWindow, five_points
from gpu_worker.engines.animate.speech import Speech
from gpu_worker.engines.animate.subject import Subject
from gpu_worker.sadtalker.talker import FACE, LANDMARKS, SPEECH

_FRAME_RATE = 25
_FEWEST = 25
"""Frames of speech below which SadTalker fails: its blinks need 21, its smoothing 2."""


def write_scene(
    folder: Path, subject: Subject, window: FaceWindow, speech: Speech, size: int
) -> None:
    """Write the face at the size of the networks, five points for its alignment, and the sound."""
    face = window.cut(subject.image, size)
    cv2.imwrite(str(folder / FACE), cv2.cvtColor(face, cv2.COLOR_RGB2BGR))
    np.savetxt(folder / LANDMARKS, window.within(five_points(subject), size).ravel())
    _write_speech(folder / SPEECH, speech)


def _write_speech(target: Path, speech: Speech) -> None:
    """Append silence, so that SadTalker draws a last frame that has only begun."""
    frames = max(speech.frames(_FRAME_RATE), _FEWEST) + 1
    samples = np.zeros(max(len(speech.samples), ceil(frames * speech.rate / _FRAME_RATE)))
    samples[: len(speech.samples)] = speech.samples
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, speech.rate, 0, "NONE", ""))
        file.writeframes(np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes())
