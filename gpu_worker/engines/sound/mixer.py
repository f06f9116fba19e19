"""Mix the sound of a project's video: voices, music on known beats, effects, ducking, -16 LUFS."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg
from gpu_worker.media.soundtrack.mix import Mixed, Mixer
from tasks.domain.errors import InputRefused

SOUND_PART: Final = "sound.wav"
TIMELINE_PART: Final = "timeline.json"
"""The scenes in frames, moved to beats where the plan asks for it; `edit` follows it."""
_VOICE: Final = "voice/speech.wav"


class SoundMixer(WithoutModel):
    """The sound stage."""

    spec = EngineSpec(
        name="mixer",
        stage="sound",
        version="2",
        kind="real",
        environments=("media", "lite"),
        licence="Apache-2.0",
        params=("timeline", "music", "mix"),
        files=(_VOICE, "upload/music"),
        uses_seed=False,
        memory_mb=500,
        seconds=6,
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe({"numpy": "numpy"}, "media") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "mixing the sound")
        entries = inputs.params["timeline"]
        voices = _voices(inputs)
        target = ctx.workdir / SOUND_PART
        with TemporaryDirectory(dir=ctx.workdir) as scratch:
            mixer = Mixer(
                entries, inputs.params["music"], inputs.params["mix"], Path(scratch), ctx.check
            )
            mixed = mixer.mix(voices, inputs.files.get("upload/music"), target)
        timeline = ctx.workdir / TIMELINE_PART
        timeline.write_text(json.dumps(_described(mixed), sort_keys=True), "utf-8")
        ctx.progress(1.0)
        return Output(
            {SOUND_PART: target, TIMELINE_PART: timeline},
            {
                "seconds": mixed.timeline.seconds,
                "music": mixed.music,
                "tempo": mixed.tempo,
                "cuts_on_beats": mixed.on_beats,
                "warnings": list(mixed.warnings),
            },
        )


def _voices(inputs: Inputs) -> dict[int, Path]:
    """Return the recordings by the number of their scene."""
    entries = inputs.params["timeline"]
    speaking = [number for number, entry in enumerate(entries) if entry["line"]]
    if len(speaking) != len(inputs.scenes):
        raise InputRefused("The voices do not fit the scenes of the plan.")
    files = zip(speaking, inputs.scenes, strict=True)
    return {number: scene[_VOICE] for number, scene in files}


def _described(mixed: Mixed) -> dict[str, object]:
    return {
        "scenes": mixed.timeline.to_list(),
        "spoken": [asdict(one) for one in mixed.spoken],
        "beats": list(mixed.beats),
        "tempo": mixed.tempo,
        "music": mixed.music,
        "silent": mixed.silent,
        "warnings": list(mixed.warnings),
    }


ENGINE = SoundMixer
