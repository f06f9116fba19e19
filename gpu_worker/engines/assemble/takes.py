"""Read the results of the earlier stages."""

from __future__ import annotations

import json
import wave
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

from gpu_worker.engines.assemble.timeline import Take
from gpu_worker.media import streams
from gpu_worker.media.captions.cues import Word, words_of
from tasks.domain.errors import InputRefused
from tasks.domain.screenplay import Screenplay

_RATE = Fraction(25)
_READ_AT_ONCE = 4


def read(screenplay: Screenplay, scenes: Sequence[Mapping[str, Path]]) -> list[Take]:
    """Return one take for each scene, in order."""
    if not scenes:
        raise InputRefused("There are no scenes to join.")
    texts = [scene.text for scene in screenplay.scenes]
    texts += [""] * (len(scenes) - len(texts))
    # Each is read by an ffmpeg of its own, which takes a core for a tenth of a second.
    with ThreadPoolExecutor(_READ_AT_ONCE, thread_name_prefix="scenes") as executor:
        return list(executor.map(_take, texts, scenes))


def frame_rate(takes: Sequence[Take]) -> Fraction:
    """Return the frame rate of the first scene, which all scenes get."""
    rate = takes[0].picture.frame_rate
    return rate if 10 <= rate <= 60 else _RATE


def _take(text: str, files: Mapping[str, Path]) -> Take:
    video, speech = files["video/video.mp4"], files["voice/speech.wav"]
    seconds = _seconds(speech)
    spoken = [
        Word(str(word["text"]), float(word["start"]), float(word["end"]))
        for word in json.loads(files["voice/timings.json"].read_text("utf-8"))["words"]
    ]
    words = tuple(words_of(text, spoken, seconds))
    return Take(video, speech, streams.video(video), seconds, words)


def _seconds(speech: Path) -> float:
    try:
        with wave.open(str(speech), "rb") as file:
            return file.getnframes() / file.getframerate()
    except (wave.Error, EOFError) as error:
        raise InputRefused("The speech of a scene could not be read.", error=str(error)) from error
