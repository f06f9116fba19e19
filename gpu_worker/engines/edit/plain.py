"""Join clips with ffmpeg's own filters: sizes, cuts and overlapping transitions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg

_XFADES: Final = {"crossfade": "fade", "wipe": "wipeleft", "slide": "slideleft"}


class Plain(WithoutModel):
    """The edit stage where the cutter cannot run: no captions, effects or colour matching."""

    spec = EngineSpec(
        name="plain",
        stage="edit",
        version="1",
        kind="lite",
        environments=("media", "lite"),
        licence="LGPL-2.1-or-later AND GPL-2.0-or-later",
        params=("timeline", "look", "width", "height", "fps", "language"),
        files=("clip/clip.mp4", "voice/timings.json", "sound/sound.wav"),
        uses_seed=False,
        memory_mb=1500,
        seconds=10,
    )

    def probe(self) -> Probe:
        return ffmpeg.probe()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "joining the scenes")
        timeline = inputs.params["timeline"]
        whole = float(timeline[-1]["start"]) + float(timeline[-1]["seconds"])
        final, poster = ctx.workdir / "final.mp4", ctx.workdir / "poster.jpg"
        ffmpeg.run(
            [*_command(inputs, timeline, whole), str(final)],
            check=ctx.check,
            on_seconds=lambda seconds: ctx.progress(0.9 * min(1.0, seconds / whole)),
        )
        ffmpeg.run(["-i", str(final), "-frames:v", "1", "-q:v", "3", str(poster)], check=ctx.check)
        parts = {"final.mp4": final, "poster.jpg": poster}
        parts |= _captions(inputs, timeline, ctx.workdir)
        ctx.progress(1.0)
        return Output(parts, {"duration": whole, "scenes": len(timeline)})


def _command(inputs: Inputs, timeline: list[dict[str, Any]], whole: float) -> list[str]:
    arguments: list[str] = []
    for files in inputs.scenes:
        arguments += [*ffmpeg.UNTRUSTED, "-i", str(files["clip/clip.mp4"])]
    arguments += ["-i", str(inputs.files["sound/sound.wav"])]
    filters = [*_scenes(inputs, timeline), *_joins(timeline)]
    last = f"[j{len(timeline) - 1}]" if len(timeline) > 1 else "[s0]"
    sound = f"{len(timeline)}:a"
    return [
        *arguments,
        *("-filter_complex", ";".join(filters), "-map", last, "-map", sound),
        *("-t", f"{whole:.3f}", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "160k", "-ar", "48000"),
        *("-map_metadata", "-1", "-movflags", "+faststart"),
    ]


def _scenes(inputs: Inputs, timeline: list[dict[str, Any]]) -> Iterator[str]:
    """Bring every clip to the size, rate and length of its scene."""
    params = inputs.params
    width, height, fps = int(params["width"]), int(params["height"]), int(params["fps"])
    for number, entry in enumerate(timeline):
        seconds, speed = float(entry["seconds"]), float(entry["speed"])
        sized = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
        yield (
            f"[{number}:v]setpts=(PTS-STARTPTS)/{speed:.4f},{sized},fps={fps},"
            f"tpad=stop_mode=clone:stop_duration={seconds:.3f},trim=end={seconds:.3f},"
            f"setpts=PTS-STARTPTS,format=yuv420p,setsar=1,settb=AVTB[s{number}]"
        )


def _joins(timeline: list[dict[str, Any]]) -> Iterator[str]:
    """Join each scene to what is before it."""
    before = "[s0]"
    for number, entry in enumerate(timeline[1:], start=1):
        kind = entry["transition"]["kind"]
        seconds = float(entry["transition"]["seconds"])
        joined = f"[j{number}]"
        if kind in _XFADES and seconds > 0:
            start = float(entry["start"])
            yield (
                f"{before}[s{number}]xfade=transition={_XFADES[kind]}:duration={seconds:.3f}"
                f":offset={start:.3f}{joined}"
            )
        else:
            yield f"{before}[s{number}]concat=n=2:v=1:a=0,settb=AVTB{joined}"
        before = joined


def _captions(inputs: Inputs, timeline: list[dict[str, Any]], workdir: Path) -> dict[str, Path]:
    """Write one cue for each scene that speaks."""
    cues = []
    for entry, files in zip(timeline, inputs.scenes, strict=True):
        timings = files.get("voice/timings.json")
        if timings is None or not entry["line"]:
            continue
        start = float(entry["start"])
        end = start + min(_length(timings, float(entry["seconds"])), float(entry["seconds"]))
        cues.append((start, end, " ".join(str(entry["line"]).split())))
    if not cues:
        return {}
    vtt, srt = workdir / "captions.vtt", workdir / "captions.srt"
    vtt.write_text("WEBVTT\n\n" + "\n".join(_cue(*cue, ".") for cue in cues), "utf-8")
    numbered = (f"{i}\n{_cue(*cue, ',')}" for i, cue in enumerate(cues, start=1))
    srt.write_text("\n".join(numbered), "utf-8")
    return {"captions.vtt": vtt, "captions.srt": srt}


def _length(timings: Path, default: float) -> float:
    """Return where the last word ends."""
    known = json.loads(timings.read_text("utf-8"))
    words = known.get("words", []) if isinstance(known, dict) else known
    ends = [float(word["end"]) for word in words if isinstance(word, dict) and "end" in word]
    return max(ends, default=default)


def _cue(start: float, end: float, text: str, point: str) -> str:
    return f"{_moment(start, point)} --> {_moment(end, point)}\n{text}\n"


def _moment(seconds: float, point: str) -> str:
    whole = round(1000 * seconds)
    minutes, rest = divmod(whole, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


ENGINE = Plain
