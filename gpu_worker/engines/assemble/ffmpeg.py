"""Join the scenes with ffmpeg into one MP4 that plays everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config.settings import current
from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.engines.assemble import (
    picture,
    quality,
    sound,
    takes,
    text_track,
    timeline,
)
from gpu_worker.engines.assemble.timeline import Timeline
from gpu_worker.media import face_metadata, ffmpeg, languages
from gpu_worker.media.captions import cues as captions
from gpu_worker.media.captions import lettering
from gpu_worker.media.captions.cues import Cue, Word
from gpu_worker.media.captions.lettering import Look
from gpu_worker.media.captions.placement import Face
from gpu_worker.media.face_metadata import FaceMetadata
from gpu_worker.media.fingerprints import Samples
from gpu_worker.media.framing import Frame, Layer
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.media.signing.certificate import Identity
from tasks.domain.fingerprint import FINGERPRINT
from tasks.domain.screenplay import Screenplay

_NEEDED = {
    "ffmpeg": "ffmpeg-python",
    "PIL": "pillow",
    "c2pa": "c2pa-python",
    "cryptography": "cryptography",
    "numpy": "numpy",
}


class FFmpeg(WithoutModel):
    """The assemble stage: sizes, joins, sound, captions, quality check, provenance."""

    spec = EngineSpec(
        name="ffmpeg",
        stage="assemble",
        version="7",
        kind="real",
        environments=("media", "lite"),
        licence="LGPL-2.1-or-later AND GPL-2.0-or-later",
        params=(
            "width",
            "height",
            "captions",
            "caption_style",
            "caption_size",
            "caption_position",
            "transition",
            "label",
            "engines",
        ),
        files=(
            "script/screenplay.json",
            "voice/speech.wav",
            "voice/timings.json",
            "video/video.mp4",
            "face/face.json",
        ),
        uses_seed=False,
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
        spoken = languages.three_letters(screenplay.language)
        look = _look(params, screenplay.language, _face(inputs, placed, frame))

        ctx.progress(0.05, "levelling the sound")
        track = scratch / "sound.wav"
        with ThreadPoolExecutor(1, thread_name_prefix="sound") as executor:
            levelled = executor.submit(sound.join, placed, track, ctx.check)
            layers, warnings = _layers(params, cues, placed.rate, scratch, look)
            levelled.result()

        ctx.progress(0.15, "joining the scenes")
        origin = provenance.Origin(tuple(params["engines"]))
        tags = provenance.metadata(origin)
        written = scratch / "unsigned.mp4"
        texts = _track(cues, scratch)
        if picture.needs_no_encoding(placed, frame) and not layers:
            told: dict[str, Any] = {"language": spoken, "texts": texts}
            command = picture.copy_command(placed, track, tags, written, **told)
        else:
            command = picture.command(
                placed,
                track,
                frame,
                layers=layers,
                metadata=tags,
                target=written,
                language=spoken,
                texts=texts,
            )
        ffmpeg.run(command, check=ctx.check, on_seconds=_progress(ctx, 0.15, 0.85, placed.duration))

        if not warnings:  # captions that could not be burned in are shown by players instead
            text_track.switch_off(written)

        ctx.progress(0.85, "checking the result")
        expected = quality.Expected(frame.width, frame.height, placed.duration)
        final, poster = ctx.workdir / "final.mp4", ctx.workdir / "poster.jpg"
        samples = Samples(scratch)
        measured = quality.inspect(written, poster, samples, ctx.check)
        report = quality.judge(measured, expected)
        report["warnings"] += warnings

        ctx.progress(0.97, "signing")
        provenance.mark_picture(poster)
        provenance.mark_video(written)
        clips = [take.video for take in scenes]
        provenance.sign(written, final, origin, identity, clips)
        parts = {
            "final.mp4": final,
            "poster.jpg": poster,
            FINGERPRINT: _fingerprint(samples, ctx.workdir),
            **_texts(cues, screenplay.language, report, ctx.workdir),
        }
        ctx.progress(1.0)
        return Output(parts, _facts(report, identity))


def _cues(placed: Timeline) -> list[Cue]:
    """Return the captions of all scenes; those of a scene end when the next one is heard."""
    row: list[tuple[list[Word], float]] = []
    for shot in placed.shots:
        start = placed.seconds(shot.first)
        words = [word.later(start) for word in shot.take.words]
        last = start + placed.seconds(shot.frames)
        row += [(group, last) for group in captions.groups(words, last)]
    return captions.timed(row)


def _track(cues: list[Cue], workdir: Path) -> Path | None:
    """Write the captions for the track of the video; None if nothing is said."""
    if not cues:
        return None
    path = workdir / "track.vtt"
    path.write_text(captions.vtt(cues), "utf-8")
    return path


def _look(params: Mapping[str, Any], language: str, face: Face | None) -> Look:
    """Return the style of the captions."""
    return Look(
        style=params.get("caption_style", "plain"),
        size=params.get("caption_size", "medium"),
        position=params.get("caption_position", "auto"),
        language=languages.tag(language),
        face=face,
        label=bool(params.get("label")),
    )


def _face(inputs: Inputs, placed: Timeline, frame: Frame) -> Face | None:
    """Return the face's place in the finished frame; None if the face stage was simulated."""
    path = inputs.files.get("face/face.json")
    written = path.read_text("utf-8") if path else "{}"
    if json.loads(written).get("schema") != face_metadata.SCHEMA:
        return None
    sheet = FaceMetadata.from_json(written)
    return Face.of(sheet, placed.shots[0].take.picture, frame)


def _layers(
    params: Mapping[str, Any],
    cues: list[Cue],
    rate: Fraction,
    workdir: Path,
    look: Look,
) -> tuple[list[Layer], list[str]]:
    """Return what is drawn over the picture, and warnings about what cannot be drawn."""
    frame = Frame(int(params["width"]), int(params["height"]))
    layers, warnings = [], []
    if params.get("captions") == "burned" and cues:
        try:
            layers.append(lettering.captions(cues, frame, rate, workdir, look))
        except lettering.Unwritable as missing:
            warnings.append(
                f"captions not burned in: no installed font has the letters {missing}; "
                "set CAPTION_FONT"
            )
    if params.get("label"):
        layers.append(lettering.label(frame, workdir))
    return layers, warnings


def _progress(ctx: Context, begin: float, end: float, whole: float) -> Callable[[float], None]:
    def report(seconds: float) -> None:
        ctx.progress(begin + (end - begin) * min(1.0, seconds / whole))

    return report


def _texts(
    cues: list[Cue], language: str, report: dict[str, Any], workdir: Path
) -> dict[str, Path]:
    texts = {
        "captions.srt": captions.srt(cues),
        "captions.vtt": captions.vtt(cues, languages.tag(language)),
        "quality.json": json.dumps(report, indent=2, sort_keys=True),
    }
    for name, text in texts.items():
        (workdir / name).write_text(text, "utf-8")
    return {name: workdir / name for name in texts}


def _fingerprint(samples: Samples, workdir: Path) -> Path:
    path = workdir / FINGERPRINT
    path.write_text(samples.fingerprint().to_json(), "utf-8")
    return path


def _facts(report: dict[str, Any], identity: Identity) -> dict[str, Any]:
    names = ("duration", "width", "height", "frame_rate", "loudness", "warnings")
    signed = "self-made" if identity is certificate.self_made() else "operator"
    return {**{name: report[name] for name in names}, "signed_by": signed}


ENGINE = FFmpeg
