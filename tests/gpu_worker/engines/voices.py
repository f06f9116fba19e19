"""What the tests of every voice engine share: a scene to speak and a way to hear it."""

from __future__ import annotations

import json
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gpu_worker.engine import Engine, Inputs, Output
from tests.gpu_worker.engines.conformance import MakeInputs
from tests.gpu_worker.engines.workbench import Workbench

SENTENCE = "Bees dance for 42 seconds, and the others follow."


@dataclass(frozen=True)
class Heard:
    samples: np.ndarray
    rate: int
    timings: dict[str, Any]
    output: Output

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def scene(
    text: str = SENTENCE, language: str = "en", seed: int = 1, index: int = 0, **params: Any
) -> MakeInputs:
    def make(folder: Path) -> Inputs:
        file = folder / "scene.json"
        said = {"index": index, "text": text, "language": language, "estimated_seconds": 3.0}
        file.write_text(json.dumps(said))
        files = {"script/scene.json": file}
        reference = params.pop("reference", None)
        if reference is not None:
            files["upload/voice"] = reference
        return Inputs({"language": language, "match": False, **params}, seed, index, files)

    return make


def heard(engine: Engine, inputs: MakeInputs, folder: Path) -> Heard:
    output = engine.run(inputs(folder), Workbench(folder))
    with wave.open(str(output.parts["speech.wav"])) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    timings = json.loads(output.parts["timings.json"].read_text())
    return Heard(samples, rate, timings, output)


def check_timings(take: Heard) -> None:
    """Phones and words follow each other, lie within the audio, and cover its speech."""
    seconds = take.timings["seconds"]
    assert take.timings["rate"] == take.rate
    assert abs(seconds - take.seconds) < 1e-3
    for items in (take.timings["phonemes"], take.timings["words"]):
        edges = [edge for item in items for edge in (item["start"], item["end"])]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= seconds
        assert edges[0] < 0.35
        assert edges[-1] > seconds - 0.35
    assert {phone["stress"] for phone in take.timings["phonemes"]} <= {0, 1, 2}


def check_edges(take: Heard) -> None:
    """50 to 120 ms of silence at both ends, and no sample at the limit."""
    loud = np.flatnonzero(np.abs(take.samples) > 0.002)
    for silence in (loud[0], len(take.samples) - 1 - loud[-1]):
        assert 0.05 <= silence / take.rate <= 0.12
    assert np.abs(take.samples).max() < 1
