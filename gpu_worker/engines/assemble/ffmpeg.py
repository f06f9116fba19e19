"""Joins the scenes with ffmpeg into one MP4 that plays everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config.settings import current
from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.engines.assemble import (
    captions,
    certificate,
    lettering,
    picture,
    provenance,
    quality,
    sound,
    takes,
    timeline,
)
from gpu_worker.engines.assemble.captions import Cue
from gpu_worker.engines.assemble.certificate import Identity
from gpu_worker.engines.assemble.picture import Frame, Layer
from gpu_worker.engines.assemble.timeline import Timeline
from gpu_worker.media import ffmpeg
from tasks.domain.screenplay import Screenplay

_NEEDED = {
    "ffmpeg": "ffmpeg-python",
    "PIL": "pillow",
    "c2pa": "c2pa-python",
    "cryptography": "cryptography",
}


class FFmpeg(WithoutModel):
    """The assemble stage: sizes, joins, sound, captions, quality check, provenance."""

    spec = EngineSpec(
        name="ffmpeg",
        stage="assemble",
        version="2",
        kind="real",
        environments=("media", "lite"),
        licence="LGPL-2.1-or-later AND GPL-2.0-or-later",
        memory_mb=1500,
        seconds=6,
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe(_NEEDED, "media") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        with TemporaryDirectory(dir=ctx.workdir) as scratch:
            return self._run(inputs, ctx, Path(scratch))

    def _run(self, inputs: Inputs, ctx: Context, scratch: Path) -> Output:
        params = inputs.params
        ctx.progress(0.0, "looking at the scenes")
        identity = certificate.chosen(current().c2pa_cert, current().c2pa_key)
        screenplay = Screenplay.from_json(inputs.files["script/screenplay.json"].read_text("utf-8"))
        scenes = takes.read(screenplay, inputs.scenes)
        placed = timeline.plan(
            scenes, takes.frame_rate(scenes), params.get("transition") == "crossfade"
        )
        frame = Frame(int(params["width"]), int(params["height"]))
        cues = _cues(placed)

        ctx.progress(0.05, "levelling the sound")
        heard = scratch / "sound.wav"
        with ThreadPoolExecutor(1, thread_name_prefix="sound") as beside:
            levelled = beside.submit(sound.join, placed, heard, ctx.check)
            layers = _layers(params, cues, frame, placed, scratch)
            levelled.result()

        ctx.progress(0.15, "joining the scenes")
        origin = provenance.Origin(tuple(params["engines"]))
        tags = provenance.metadata(origin)
        written = scratch / "unsigned.mp4"
        if picture.needs_no_encoding(placed, frame) and not layers:
            command = picture.copy_command(placed, heard, tags, written)
        else:
            command = picture.command(
                placed, heard, frame, layers=layers, metadata=tags, target=written
            )
        ffmpeg.run(command, check=ctx.check, on_seconds=_part(ctx, 0.15, 0.85, placed.duration))

        ctx.progress(0.85, "checking the result")
        expected = quality.Expected(frame.width, frame.height, placed.duration)
        final, poster = ctx.workdir / "final.mp4", ctx.workdir / "poster.jpg"
        report = quality.judge(quality.inspect(written, poster, ctx.check), expected)

        ctx.progress(0.97, "signing")
        provenance.sign(written, final, origin, identity)
        parts = {"final.mp4": final, "poster.jpg": poster, **_texts(cues, report, ctx.workdir)}
        ctx.progress(1.0)
        return Output(parts, _facts(report, identity))


def _cues(placed: Timeline) -> list[Cue]:
    """The captions of all scenes; those of a scene end where the next one is heard."""
    found: list[Cue] = []
    for shot in placed.shots:
        start = placed.seconds(shot.first)
        words = [word.later(start) for word in shot.take.words]
        if found and words:
            found[-1] = found[-1].until(words[0].start)
        found += captions.cues(words, start + placed.seconds(shot.frames))
    return found


def _layers(
    params: Mapping[str, Any], cues: list[Cue], frame: Frame, placed: Timeline, workdir: Path
) -> list[Layer]:
    layers = []
    if params.get("captions") == "burned" and cues:
        layers.append(lettering.captions(cues, frame, placed.rate, workdir))
    if params.get("label"):
        layers.append(lettering.label(frame, workdir))
    return layers


def _part(ctx: Context, begin: float, end: float, whole: float) -> Callable[[float], None]:
    def report(seconds: float) -> None:
        ctx.progress(begin + (end - begin) * min(1.0, seconds / whole))

    return report


def _texts(cues: list[Cue], report: dict[str, Any], workdir: Path) -> dict[str, Path]:
    texts = {
        "captions.srt": captions.srt(cues),
        "captions.vtt": captions.vtt(cues),
        "quality.json": json.dumps(report, indent=2, sort_keys=True),
    }
    for name, text in texts.items():
        (workdir / name).write_text(text, "utf-8")
    return {name: workdir / name for name in texts}


def _facts(report: dict[str, Any], identity: Identity) -> dict[str, Any]:
    names = ("duration", "width", "height", "frame_rate", "loudness", "warnings")
    signed = "self-made" if identity is certificate.self_made() else "operator"
    return {**{name: report[name] for name in names}, "signed_by": signed}


ENGINE = FFmpeg
