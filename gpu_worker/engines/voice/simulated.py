"""Simulate a voice: a soft tone, as long as the text would take to speak."""

from __future__ import annotations

import array
import json
import math
import wave
from pathlib import Path
from typing import ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output
from gpu_worker.media.simulation import Simulated, SimulatedWork, simulated_spec
from tasks.domain.artifact import canonical

RATE = 16_000


class SimulatedVoice(Simulated):
    """Hums each word at another pitch, so that the beginnings of words can be heard."""

    spec: ClassVar[EngineSpec] = simulated_spec("voice", (), ("script/scene.json",), uses_seed=True)

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        work = SimulatedWork("voice", ctx)
        scene = json.loads(inputs.files["script/scene.json"].read_bytes())
        words = scene["text"].split() or ["..."]
        seconds = max(float(scene["estimated_seconds"]), 0.6)
        times = _spread(words, seconds)
        speech, timings = ctx.workdir / "speech.wav", ctx.workdir / "timings.json"
        _hum(speech, times, seconds, inputs.seed)
        timings.write_bytes(
            canonical({"rate": RATE, "seconds": seconds, "words": times, "phonemes": []})
        )
        work.finish()
        facts = {"rate": RATE, "seconds": seconds, "match": "plain"}
        return Output({"speech.wav": speech, "timings.json": timings}, facts)


def _spread(words: list[str], seconds: float) -> list[dict[str, object]]:
    letters = sum(len(word) + 1 for word in words)
    times: list[dict[str, object]] = []
    at = 0.0
    for word in words:
        length = seconds * (len(word) + 1) / letters
        times.append({"text": word, "start": round(at, 3), "end": round(at + 0.85 * length, 3)})
        at += length
    return times


def _hum(path: Path, times: list[dict[str, object]], seconds: float, seed: int) -> None:
    samples = array.array("h", bytes(2 * math.ceil(seconds * RATE)))
    for index, word in enumerate(times):
        first, last = (int(float(str(word[edge])) * RATE) for edge in ("start", "end"))
        pitch = 2 * math.pi * (140 + (seed + 37 * index) % 60) / RATE
        length = max(last - first, 1)
        for i in range(first, min(last, len(samples))):
            fade = math.sin(math.pi * (i - first) / length)
            samples[i] = int(6000 * fade * math.sin(pitch * i))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


ENGINE = SimulatedVoice
