"""Use a person's own recording as the sound of the video; nothing is synthesised.

The request chooses it with `use_audio_as_is`. When each word is spoken is unknown, so there
are no words and phones; the animator follows the sound itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg
from gpu_worker.speech.decoding import decoded
from gpu_worker.speech.loudness import integrated, levelled
from gpu_worker.speech.take import Take, delivered
from tasks.domain.errors import VoiceRefused

_RATE = 48_000
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.5, 600.0
_QUIETEST_LUFS = -60.0


class Recording(WithoutModel):
    """Decodes the recording, mixes it to one channel and adjusts its loudness; cuts nothing."""

    spec: ClassVar[EngineSpec] = EngineSpec(
        name="recording",
        stage="voice",
        version="1",
        kind="lite",
        environments=("lite",),
        licence="Apache-2.0",
        params=(),
        files=("upload/voice",),
        uses_seed=False,
        memory_mb=300,
        seconds=1,
        voice_match="recorded",
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe({"numpy": "numpy"}, "lite") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "reading the recording")
        take = Take(decoded(_required_recording(inputs), _RATE, _LONGEST_SECONDS, ctx), _RATE)
        _require_usable(take)
        ctx.progress(0.8)
        even = Take(levelled(take.samples, _RATE), _RATE)
        return delivered(even, ctx, match="recorded")


def _required_recording(inputs: Inputs) -> Path:
    if inputs.scene not in (None, 0):
        raise VoiceRefused("A recording is one scene and cannot be divided among several.")
    if "upload/voice" not in inputs.files:
        raise VoiceRefused("Upload a recording to use as the voice of the video.")
    return inputs.files["upload/voice"]


def _require_usable(take: Take) -> None:
    if take.seconds < _SHORTEST_SECONDS:
        raise VoiceRefused("The recording is too short.")
    if take.seconds > _LONGEST_SECONDS:
        minutes = round(_LONGEST_SECONDS / 60)
        raise VoiceRefused(f"The recording is too long; use one of {minutes} minutes at most.")
    if integrated(take.samples, take.rate) < _QUIETEST_LUFS:
        raise VoiceRefused("The recording is silent.")


ENGINE = Recording
