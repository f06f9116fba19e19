"""Scenes for the stages that work on finished pictures: made by ffmpeg, spoken by a formula."""

from __future__ import annotations

import json
import math
import subprocess
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gpu_worker.engine import Inputs
from gpu_worker.media import ffmpeg
from tasks.domain.screenplay import Scene, Screenplay

RATE = 22050
FPS = 25


@dataclass(frozen=True)
class Film:
    """What a scene is made of."""

    text: str = "Hello and welcome, this is a scene."
    seconds: float = 1.6
    size: str = "144x256"
    source: str = "testsrc2"
    loud: float = 0.2
    quiet: float = 0.1
    """Seconds without words before and after them."""


def make(folder: Path, film: Film) -> Mapping[str, Path]:
    """The files of one scene, as the earlier stages leave them."""
    folder.mkdir(parents=True, exist_ok=True)
    speech, video = folder / "speech.wav", folder / "video.mp4"
    timings = folder / "timings.json"
    _speak(speech, film)
    draw(video, film.source, film.size, math.ceil(film.seconds * FPS))
    timings.write_text(json.dumps(_timings(film)))
    return {"voice/speech.wav": speech, "voice/timings.json": timings, "video/video.mp4": video}


def draw(target: Path, source: str, size: str, frames: int) -> None:
    """A silent video of a test picture."""
    drawn = f"{source}{':' if '=' in source else '='}s={size}:r={FPS}"
    coding = ["-frames:v", str(frames), "-c:v", "libx264", "-preset", "ultrafast"]
    run("-f", "lavfi", "-i", drawn, *coding, "-crf", "30", "-pix_fmt", "yuv420p", str(target))


def run(*arguments: str) -> bytes:
    """ffmpeg, to its end."""
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def inputs(folder: Path, films: Sequence[Film], **params: Any) -> Inputs:
    """What the assemble stage gets."""
    scenes = [make(folder / f"scene-{number}", film) for number, film in enumerate(films)]
    screenplay = folder / "screenplay.json"
    written = [Scene(number, film.text, film.seconds) for number, film in enumerate(films)]
    screenplay.write_text(Screenplay("en", tuple(written), "user").to_json())
    asked = {
        "width": 144,
        "height": 256,
        "captions": "off",
        "transition": "cut",
        "label": False,
        "job": "job-1",
        "created": "2026-01-02T03:04:05Z",
        "engines": [{"stage": "voice", "name": "formula", "version": "1"}],
    }
    files = {"script/screenplay.json": screenplay}
    return Inputs({**asked, **params}, seed=1, files=files, scenes=scenes)


def _speak(target: Path, film: Film) -> None:
    """Something with the rise and fall of speech: four syllables a second."""
    at = np.arange(round(film.seconds * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * k * at) / k for k in range(1, 12))
    syllables = 0.15 + np.sin(2 * np.pi * 2 * at) ** 2
    spoken = (at >= film.quiet) & (at < film.seconds - film.quiet)
    samples = (film.loud * voice * syllables * spoken * 32767 / 3).astype("<i2")
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def _timings(film: Film) -> dict[str, Any]:
    texts = film.text.split()
    step = (film.seconds - 2 * film.quiet) / max(1, len(texts))
    words = [
        {
            "text": text.strip(".,"),
            "start": film.quiet + number * step,
            "end": film.quiet + (number + 1) * step,
        }
        for number, text in enumerate(texts)
    ]
    return {"rate": RATE, "seconds": film.seconds, "words": words, "phonemes": []}
