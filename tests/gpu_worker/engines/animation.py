"""What the tests of animators share: a face as the face stage leaves it, sound, and a look."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import cv2
import numpy as np

from gpu_worker.engines.face.mediapipe_mesh import ENGINE as FACE
from tests.gpu_worker.engines import faces
from tests.gpu_worker.engines.workbench import Workbench


@cache
def face_files(make: Callable[[], faces.Rgb], size: tuple[int, int]) -> dict[str, Path]:
    """What the real face engine hands on."""
    folder = Path(mkdtemp(prefix="face-"))
    engine = FACE()
    engine.load()
    output = engine.run(faces.face_inputs(make, size)(folder), Workbench(folder))
    engine.close()
    return {f"face/{name}": path for name, path in output.parts.items()}


def tones(folder: Path, seconds: float = 0.6, rate: int = 16000) -> dict[str, Path]:
    """A short sound that says b-a-b-a, for tests that need no voice."""
    t = np.arange(round(seconds * rate)) / rate
    wav, timings = folder / "speech.wav", folder / "timings.json"
    with wave.open(str(wav), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(2 * np.pi * 200 * t)).astype("<i2").tobytes())
    signs = [("b", 0.05, 0.15, 0), ("a", 0.15, 0.30, 1), ("b", 0.30, 0.40, 0), ("a", 0.4, 0.55, 0)]
    phonemes = [dict(zip(("ipa", "start", "end", "stress"), sign, strict=True)) for sign in signs]
    said = {"rate": rate, "seconds": seconds, "words": [], "phonemes": phonemes}
    timings.write_text(json.dumps(said))
    return {"voice/speech.wav": wav, "voice/timings.json": timings}


def frames_of(video: Path) -> np.ndarray:
    reader = cv2.VideoCapture(str(video))
    assert reader.get(cv2.CAP_PROP_FPS) == 25
    frames = []
    while (read := reader.read())[0]:
        frames.append(read[1])
    return np.array(frames)
