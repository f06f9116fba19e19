"""XTTS: a voice cloned from a short recording, in seventeen languages. Non-commercial weights."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from config.settings import current
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.models import torch_device
from gpu_worker.models.catalog import MODELS
from gpu_worker.speech import pieces
from gpu_worker.speech.decoding import decoded
from gpu_worker.speech.numerals import sayable
from gpu_worker.speech.reading import as_written
from gpu_worker.speech.scene import line
from gpu_worker.speech.take import delivered, finished
from tasks.domain.errors import EngineBroken, StageOutOfMemory, VoiceRefused

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

_MODEL = MODELS["xtts"]
_REFERENCE_RATE = 22_050
_SHORTEST_SECONDS, _LONGEST_SECONDS = 1.0, 60.0
_CONDITIONED_SECONDS = 30
_CHUNK_SECONDS = 6
_TOKENS_A_CHUNK = 20
"""Tokens of speech in one chunk of the stream; a token lasts 46 ms."""
_RECORDING, _LATENTS = "upload/voice", "latents.npz"


@dataclass(frozen=True, slots=True)
class _Voice:
    """A speaker as the model describes them."""

    latent: Any
    embedding: Any
    match: str


class Xtts:
    """Keeps the model loaded, and what it learned from a recording in the artifact store."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="xtts",
        stage="voice",
        version="4",
        kind="real",
        environments=("xtts",),
        licence=f"{_MODEL.licence}: non-commercial",
        params=(),
        files=("script/scene.json", "upload/voice"),
        uses_seed=True,
        device="cuda",
        memory_mb=5000,
        seconds=8,
        weights=_MODEL.files,
        commercial_use=False,
        voice_match="cloned",
        languages=(
            *("en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh"),
            *("hu", "ko", "ja", "hi"),
        ),
    )

    def __init__(self) -> None:
        self._model: Any = None

    def probe(self) -> Probe:
        if importlib.util.find_spec("TTS") is None:
            return Probe(False, "coqui-tts is not installed", "callsheet env create xtts")
        if current().coqui_tos_agreed != "1":
            why = f"its licence was not accepted: {_MODEL.licence}. {_MODEL.terms}"
            return Probe(False, why, "set COQUI_TOS_AGREED=1 if you accept it")
        missing = _MODEL.missing()
        if missing:
            why = f"files are missing in {_MODEL.folder}: {', '.join(missing)}"
            return Probe(False, why, "callsheet models fetch xtts --accept")
        return torch_device.probe("xtts")

    def load(self) -> None:
        if self._model is None:
            from gpu_worker.speech.xtts_model import loaded

            torch_device.make_deterministic()
            self._model = loaded(_MODEL.folder)

    def close(self) -> None:
        if self._model is not None:
            self._model = None
            torch_device.release_memory()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        if current().coqui_tos_agreed != "1":
            raise EngineBroken("The licence of this voice was not accepted on this machine.")
        self.load()
        ctx.progress(0.0, "analysing the recording")
        said = line(inputs.files, self.spec.languages)
        with _out_of_memory_as_stage_error():
            voice, latents = self._voice(inputs, ctx)
            ctx.progress(0.1, "speaking")
            language = _model_language(said.language)
            take = pieces.spoken(
                pieces.breaths(said.said, self._most_letters(language)),
                self._rate,
                lambda text, number: self._synthesize(
                    text, language, voice, inputs.seed * 1000 + number, ctx
                ),
                lambda share: ctx.progress(0.1 + 0.8 * share, "speaking"),
            )
        take = replace(take, words=as_written(said.units, take.words))
        output = delivered(finished(take, said.pause), ctx, match=voice.match, model="xtts_v2")
        return Output({**output.parts, **latents}, output.facts)

    @property
    def _rate(self) -> int:
        return int(self._model.config.audio.output_sample_rate)

    def _most_letters(self, language: str) -> int:
        """Return the letters that the model can speak in one piece."""
        limits: dict[str, int] = self._model.tokenizer.char_limits
        return limits[language.partition("-")[0]]

    def _voice(self, inputs: Inputs, ctx: Context) -> tuple[_Voice, dict[str, Path]]:
        """Return the voice of the recording, with its latents as a part, or a built-in voice."""
        recording = inputs.files.get(_RECORDING)
        if recording is None:
            return self._built_in(), {}
        latents = ctx.cached_part(
            _LATENTS, _RECORDING, lambda path: self._write_latents(recording, path, ctx)
        )
        return _load_latents(latents), {_LATENTS: latents}

    def _write_latents(self, recording: Path, target: Path, ctx: Context) -> None:
        """Write the latents of a recording; equal recordings give equal bytes."""
        import numpy as np
        import torch

        samples = decoded(recording, _REFERENCE_RATE, _LONGEST_SECONDS, ctx)
        if len(samples) < _SHORTEST_SECONDS * _REFERENCE_RATE:
            raise VoiceRefused("The recording is too short to learn a voice from.")
        audio = torch.from_numpy(samples[: _CONDITIONED_SECONDS * _REFERENCE_RATE].copy())[None]
        with torch.inference_mode():
            latent = self._model.get_gpt_cond_latents(
                audio, _REFERENCE_RATE, length=_CONDITIONED_SECONDS, chunk_length=_CHUNK_SECONDS
            )
            embedding = self._model.get_speaker_embedding(audio, _REFERENCE_RATE)
        np.savez(
            target,
            gpt_cond_latent=latent.float().cpu().numpy(),
            speaker_embedding=embedding.float().cpu().numpy(),
        )

    def _built_in(self) -> _Voice:
        """Return the first voice that the model was published with."""
        speaker = next(iter(self._model.speaker_manager.speakers.values()))
        return _Voice(speaker["gpt_cond_latent"], speaker["speaker_embedding"], "plain")

    def _synthesize(
        self, text: str, language: str, voice: _Voice, seed: int, ctx: Context
    ) -> Samples:
        """Synthesize a piece of text; check for cancellation after each chunk."""
        import torch

        front_end = self._model.tokenizer
        short = language.partition("-")[0]
        text = sayable(text, short, lambda form: front_end.preprocess_text(form.lower(), short))
        torch.manual_seed(seed % 2**63)
        device = torch_device.device().type
        half = torch.autocast(device, torch.float16, enabled=device == "cuda")
        chunks = []
        with torch.inference_mode(), half:
            for chunk in self._model.inference_stream(
                text,
                language,
                voice.latent,
                voice.embedding,
                stream_chunk_size=_TOKENS_A_CHUNK,
                enable_text_splitting=False,
            ):
                ctx.check()
                chunks.append(chunk.float().cpu())
        samples: Samples = torch.cat(chunks).numpy()
        return samples


def _model_language(language: str) -> str:
    short = language.partition("-")[0].lower()
    return "zh-cn" if short == "zh" else short


def _load_latents(latents: Path) -> _Voice:
    import numpy as np
    import torch

    with np.load(latents) as kept:
        latent, embedding = kept["gpt_cond_latent"], kept["speaker_embedding"]
    return _Voice(torch.from_numpy(latent), torch.from_numpy(embedding), "cloned")


@contextmanager
def _out_of_memory_as_stage_error() -> Iterator[None]:
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        torch_device.release_memory()
        raise StageOutOfMemory(device=str(torch_device.device())) from error


ENGINE = Xtts
