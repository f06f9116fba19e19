"""Joins the scenes with ffmpeg into one MP4 that plays everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gpu_worker import ffmpeg
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe
from gpu_worker.engines.assemble import captions, picture, quality, sound, takes, timeline
from gpu_worker.engines.assemble.captions import Cue
from gpu_worker.engines.assemble.picture import Frame
from gpu_worker.engines.assemble.timeline import Timeline
from tasks.domain.screenplay import Screenplay


class FFmpeg:
    """The assemble stage: sizes, joins, sound, captions, quality check, provenance."""

    spec = EngineSpec(
        name="ffmpeg",
        stage="assemble",
        version="1",
        kind="real",
        environments=("media", "lite"),
        licence="LGPL-2.1-or-later AND GPL-2.0-or-later",
        memory_mb=1500,
    )

    def probe(self) -> Probe:
        try:
            ffmpeg.executable()
        except (ImportError, RuntimeError) as error:
            return Probe(False, f"ffmpeg is missing: {error}", "install ffmpeg or imageio-ffmpeg")
        return Probe(True)

    def load(self) -> None:
        """Nothing is kept warm: each run starts its own ffmpeg."""

    def close(self) -> None:
        """Nothing was loaded."""

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "looking at the scenes")
        params = inputs.params
        frame = Frame(int(params["width"]), int(params["height"]))
        screenplay = Screenplay.from_json(inputs.files["script/screenplay.json"].read_text("utf-8"))
        scenes = takes.read(screenplay, inputs.scenes)
        placed = timeline.plan(
            scenes, takes.frame_rate(scenes), params.get("transition") == "crossfade"
        )
        parts = {**_texts(_cues(placed), ctx.workdir)}

        ctx.progress(0.05, "levelling the sound")
        heard = ctx.workdir / "sound.wav"
        sound.join(placed, heard, ctx.check)

        ctx.progress(0.15, "joining the scenes")
        final = ctx.workdir / "final.mp4"
        _write(placed, heard, frame, final, ctx)

        ctx.progress(0.85, "checking the result")
        expected = quality.Expected(frame.width, frame.height, placed.duration)
        report = quality.judge(quality.inspect(final, ctx.check), expected)
        parts |= _checked(report, final, ctx)
        ctx.progress(1.0)
        return Output(parts, _facts(report))


def _cues(placed: Timeline) -> list[Cue]:
    """The captions of all scenes; those of a scene end where the next one begins to show."""
    found: list[Cue] = []
    for shot in placed.shots:
        start = placed.seconds(shot.first)
        end = start + placed.seconds(shot.frames)
        words = [word.later(start) for word in shot.take.words]
        if found and words and found[-1].end > words[0].start:
            last = found.pop()
            found.append(Cue(last.start, words[0].start, last.text))
        found += captions.cues(words, end)
    return found


def _texts(cues: list[Cue], workdir: Path) -> dict[str, Path]:
    parts = {}
    for name, text in (("captions.srt", captions.srt(cues)), ("captions.vtt", captions.vtt(cues))):
        parts[name] = workdir / name
        parts[name].write_text(text, "utf-8")
    return parts


def _write(placed: Timeline, heard: Path, frame: Frame, final: Path, ctx: Context) -> None:
    if picture.needs_no_encoding(placed, frame):
        listing = ctx.workdir / "scenes.ffconcat"
        listing.write_text(picture.listing(placed), "utf-8")
        command = picture.copy_command(listing, heard, untagged=False, metadata={}, target=final)
    else:
        command = picture.command(placed, heard, frame, layers=(), metadata={}, target=final)
    ffmpeg.run(command, check=ctx.check, on_seconds=_part(ctx, 0.15, 0.85, placed.duration))


def _part(ctx: Context, begin: float, end: float, whole: float) -> Callable[[float], None]:
    def report(seconds: float) -> None:
        ctx.progress(begin + (end - begin) * min(1.0, seconds / whole))

    return report


def _checked(report: dict[str, Any], final: Path, ctx: Context) -> dict[str, Path]:
    poster, written = ctx.workdir / "poster.jpg", ctx.workdir / "quality.json"
    chosen = ["-t", "2", "-i", str(final), "-vf", "thumbnail=n=50", "-frames:v", "1"]
    ffmpeg.run([*chosen, "-update", "1", "-q:v", "2", str(poster)], check=ctx.check)
    written.write_text(json.dumps(report, indent=2, sort_keys=True), "utf-8")
    return {"final.mp4": final, "poster.jpg": poster, "quality.json": written}


def _facts(report: dict[str, Any]) -> dict[str, Any]:
    names = ("duration", "width", "height", "frame_rate", "loudness", "warnings")
    return {name: report[name] for name in names}


ENGINE = FFmpeg
