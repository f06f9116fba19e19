"""espeak-ng: a robotic but instant voice in a hundred languages.

The library inside `piper-tts` is used, or else the one of the machine.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.speech import espeak_child
from gpu_worker.speech.phones import phones
from gpu_worker.speech.reading import as_written
from gpu_worker.speech.scene import Line, line
from gpu_worker.speech.take import Take, delivered, finished
from gpu_worker.speech.timings import Phone, Word
from gpu_worker.subprocesses import child
from tasks.domain.errors import EngineBroken, VoiceRefused
from tasks.domain.voices import ESPEAK_VOICES

_VOICES = {"en": "en-us", "zh": "cmn"}
"""Languages whose name in espeak-ng is not their tag."""


class Espeak(WithoutModel):
    """Speaks each scene in a short-lived process."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="espeak",
        stage="voice",
        version="4",
        kind="lite",
        environments=("lite",),
        licence="GPL-3.0-or-later",
        params=(),
        files=("script/scene.json",),
        uses_seed=False,
        memory_mb=64,
        seconds=0.3,
        voice_match="plain",
    )

    def probe(self) -> Probe:
        if _library() is not None:
            return replace(
                packages.probe({"numpy": "numpy", "num2words": "num2words"}, "lite"),
                voices=ESPEAK_VOICES,
            )
        return Probe(
            ok=False,
            why="espeak-ng is not installed on this machine.",
            remedy="install espeak-ng, or: callsheet env create lite",
        )

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "speaking")
        said = line(inputs.files)
        take = finished(_speak(said), said.pause)
        return delivered(take, ctx, match="plain")


def _library() -> tuple[str, str] | None:
    """Return the library and its data folder (empty: the library's default)."""
    package = importlib.util.find_spec("piper")
    for folder in (package.submodule_search_locations if package else None) or ():
        bridge = Path(folder) / "espeakbridge.so"
        if bridge.is_file():
            return str(bridge), str(bridge.with_name("espeak-ng-data"))
    found = ctypes.util.find_library("espeak-ng")
    return (found, "") if found else None


def _speak(said: Line) -> Take:
    import numpy as np

    tag = said.language.lower()
    primary = tag.partition("-")[0]
    for voice in dict.fromkeys((_VOICES.get(tag, tag), _VOICES.get(primary, primary))):
        code, answer = _run_espeak(voice, said.said)
        if code != espeak_child.UNKNOWN_VOICE:
            break
    else:
        raise VoiceRefused(f"There is no voice for the language {said.language}.")
    if code:
        raise EngineBroken(exit_code=code)
    header, _, sound = answer.partition(b"\n")
    heard: dict[str, Any] = json.loads(header)
    samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768
    rate = int(heard["rate"])
    said_phones = phones(_lengths(heard["phonemes"], len(samples)), rate)
    words = as_written(said.units, _words(said.said, heard["words"], rate, said_phones))
    return Take(samples, rate, said_phones, words)


def _run_espeak(voice: str, text: str) -> tuple[int, bytes]:
    library = _library()
    if library is None:
        raise EngineBroken("espeak-ng is not installed on this machine.")
    command = [sys.executable, espeak_child.__file__, *library, voice]
    with child(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        answer, _ = process.communicate(text.encode())
        return process.returncode, answer


def _lengths(events: Sequence[tuple[str, int]], end: int) -> Iterator[tuple[str, int]]:
    """Return symbols with their samples; several symbols of one event share its time."""
    yield " ", events[0][1] if events else 0
    for (name, start), (_, until) in pairwise([*events, ("", end)]):
        sounds = name or " "
        for number in range(len(sounds)):
            share = (until - start) * (number + 1) // len(sounds)
            yield sounds[number], share - (until - start) * number // len(sounds)


def _words(
    text: str, events: Sequence[tuple[int, int]], rate: int, said: Sequence[Phone]
) -> list[Word]:
    """Time words by espeak-ng's position in the text; words spoken as one share their time."""
    groups: list[tuple[float, list[str]]] = []
    at = 0
    for token in text.split():
        first = text.index(token, at)
        at = first + len(token)
        starts = [sample / rate for position, sample in events if first <= position < at]
        if starts or not groups:
            groups.append((min(starts, default=0.0), [token]))
        else:
            groups[-1][1].append(token)
    words: list[Word] = []
    for (start, tokens), (until, _) in pairwise([*groups, (float("inf"), [])]):
        inside = [phone for phone in said if start <= phone.start + 1e-9 < until]
        begin = inside[0].start if inside else start
        step = ((inside[-1].end if inside else start) - begin) / len(tokens)
        words += [
            Word(token, begin + step * number, begin + step * (number + 1))
            for number, token in enumerate(tokens)
        ]
    return words


ENGINE = Espeak
