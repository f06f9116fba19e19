"""Build ffmpeg's arguments: bring all scenes to one size, join them, add the sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gpu_worker.engines.assemble import text_track
from gpu_worker.engines.assemble.sound import RATE
from gpu_worker.engines.assemble.timeline import Shot, Timeline
from gpu_worker.media.framing import Frame, Layer, is_cropped
from gpu_worker.media.streams import Stream

_COLOURS = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}
_LOOKING_AHEAD = "mbtree=1:rc-lookahead=10"
"""What `superfast` lacks for a still background: with it, the size is that of `veryfast` plus 4 %,
in five eighths of its time."""
_AUDIO = {"acodec": "aac", "aac_coder": "fast", "audio_bitrate": "160k", "ar": RATE, "ac": 2}
"""At this rate the fast coder takes a quarter of the time and is nearer to its source: 43 dB
instead of 34."""


def command(
    timeline: Timeline,
    sound: Path,
    frame: Frame,
    *,
    layers: Sequence[Layer],
    metadata: Mapping[str, str],
    target: Path,
    language: str = "und",
    texts: Path | None = None,
) -> list[str]:
    """Return ffmpeg's arguments to encode the whole video once; `texts` are WebVTT captions."""
    import ffmpeg

    track, options = text_track.output(texts, language)
    if _alike(timeline):
        picture = _in_a_row(timeline, frame, target)
    else:
        picture = _joined([_shot(shot, timeline, frame) for shot in timeline.shots], timeline)
    for layer in layers:
        over = ffmpeg.input(str(layer.source), **layer.options).video
        picture = ffmpeg.overlay(
            picture, over.filter("format", "yuva420p"), x=layer.left, y=layer.top
        )
    output = ffmpeg.output(
        picture.filter("trim", end_frame=timeline.frames)
        .filter("format", "yuv420p")
        .filter("setparams", **_COLOURS),
        ffmpeg.input(str(sound)).audio,
        *track,
        str(target),
        vcodec="libx264",
        preset="superfast",
        crf=19,
        **{"x264-params": _LOOKING_AHEAD},
        g=round(timeline.rate * 2),
        r=str(timeline.rate),
        **_AUDIO,
        **options,
        **_container(metadata, language),
    )
    return list(ffmpeg.get_args(output))


def copy_command(
    timeline: Timeline,
    sound: Path,
    metadata: Mapping[str, str],
    target: Path,
    *,
    language: str = "und",
    texts: Path | None = None,
) -> list[str]:
    """Return ffmpeg's arguments to join scenes that have the final format, without encoding."""
    import ffmpeg

    track, options = text_track.output(texts, language)
    listing = _listing(timeline, target)
    # Encoders that get RGB use BT.601 by default, so the tags must say so.
    tags = "h264_metadata=matrix_coefficients=6:colour_primaries=1:transfer_characteristics=1"
    output = ffmpeg.output(
        ffmpeg.input(str(listing), f="concat", safe=0).video,
        ffmpeg.input(str(sound)).audio,
        *track,
        str(target),
        vcodec="copy",
        **({} if timeline.shots[0].take.picture.colours else {"bsf:v": tags}),
        **_AUDIO,
        **options,
        **_container(metadata, language),
    )
    return list(ffmpeg.get_args(output))


def needs_no_encoding(timeline: Timeline, frame: Frame) -> bool:
    """Return whether all scenes have the final size and the same codec header."""
    return _alike(timeline) and all(
        _deliverable(shot.take.picture, timeline, frame) for shot in timeline.shots
    )


def _alike(timeline: Timeline) -> bool:
    """Return whether all scenes can be read in a row as if they were one file."""
    first = timeline.shots[0].take.picture
    return not timeline.fade and all(
        not shot.hold
        and shot.take.picture.header == first.header
        and shot.take.picture.frame_rate == timeline.rate
        for shot in timeline.shots
    )


def _listing(timeline: Timeline, target: Path) -> Path:
    """List all scenes for ffmpeg's concat demuxer."""
    listing = target.with_name("scenes.ffconcat")
    quoted = (str(shot.take.video).replace("'", r"'\''") for shot in timeline.shots)
    lines = ["ffconcat version 1.0", *(f"file '{path}'" for path in quoted)]
    listing.write_text("\n".join(lines) + "\n", "utf-8")
    return listing


def _in_a_row(timeline: Timeline, frame: Frame, target: Path) -> Any:
    """Read all scenes with one decoder; each further decoder would cost 17 MB."""
    import ffmpeg

    source = ffmpeg.input(str(_listing(timeline, target)), f="concat", safe=0)
    picture = source.video.filter("fps", str(timeline.rate))
    fitted = _fitted(picture, timeline.shots[0].take.picture, frame)
    return _exactly(fitted, timeline.frames, timeline)


def _deliverable(picture: Stream, timeline: Timeline, frame: Frame) -> bool:
    return (
        (picture.codec, picture.pixel_format) == ("h264", "yuv420p")
        and (picture.width, picture.height) == (frame.width, frame.height)
        and picture.frame_rate == timeline.rate
        and picture.bytes * 8 / picture.seconds < frame.width * frame.height * 12
    )


def _container(metadata: Mapping[str, str], language: str) -> dict[str, Any]:
    tags = {f"metadata:g:{n}": f"{key}={value}" for n, (key, value) in enumerate(metadata.items())}
    spoken = {"metadata:s:a:0": f"language={language}"}
    return {"movflags": "+faststart", "map_metadata": -1, **tags, **spoken}


def _shot(shot: Shot, timeline: Timeline, frame: Frame) -> Any:
    import ffmpeg

    # Two scenes may be the same file, named after its bytes. ffmpeg-python merges equal inputs
    # and cannot use one twice; an option without effect keeps them apart.
    source = ffmpeg.input(str(shot.take.video), thread_queue_size=64 + shot.first)
    picture = source.video.filter("fps", str(timeline.rate))
    return _exactly(_fitted(picture, shot.take.picture, frame), shot.frames, timeline)


def _exactly(picture: Any, frames: int, timeline: Timeline) -> Any:
    """Trim to exactly so many frames, or repeat the last one, ready to be joined.

    `fps` sets the rate again, which overlays and joins of older ffmpegs lose.
    """
    return (
        picture.filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", end_frame=frames)
        .filter("format", "yuv420p")
        .filter("setsar", 1)
        .filter("fps", str(timeline.rate))
        .filter("settb", "AVTB")
    )


def _joined(shots: list[Any], timeline: Timeline) -> Any:
    """Join all shots; with a crossfade, each overlap is a short shot of its own.

    A chain of `xfade` filters would be simpler, but older ffmpegs add a frame at each, and the
    picture gets out of sync with the sound.
    """
    import ffmpeg

    if not timeline.fade:
        return ffmpeg.concat(*shots, v=1, a=0)
    row, tail = [], None
    for shot, placed in zip(shots, timeline.shots, strict=True):
        begin = timeline.fade if tail is not None else 0
        end = placed.frames - (timeline.fade if placed is not timeline.shots[-1] else 0)
        copies = shot.split()
        if tail is not None:
            row.append(_faded(tail, _piece(copies[0], 0, begin, timeline), timeline))
        if end > begin:
            row.append(_piece(copies[1], begin, end, timeline))
        tail = _piece(copies[2], end, placed.frames, timeline)
    return ffmpeg.concat(*row, v=1, a=0)


def _piece(shot: Any, begin: int, end: int, timeline: Timeline) -> Any:
    cut = shot.filter("trim", start_frame=begin, end_frame=end).filter("setpts", "PTS-STARTPTS")
    return _exactly(cut, end - begin, timeline)


def _faded(before: Any, after: Any, timeline: Timeline) -> Any:
    import ffmpeg

    seconds = timeline.seconds(timeline.fade)
    mixed = ffmpeg.filter([before, after], "xfade", transition="fade", duration=seconds, offset=0)
    return _exactly(mixed, timeline.fade, timeline)


def _fitted(picture: Any, size: Stream, frame: Frame) -> Any:
    """Crop a picture if little is lost; otherwise show it on a blurred copy of itself."""
    if is_cropped(size, frame):
        return _covering(picture, frame.width, frame.height)
    import ffmpeg

    halves = picture.split()
    small = (max(2, frame.width // 16 * 2), max(2, frame.height // 16 * 2))
    ground = (
        _covering(halves[0], *small)
        .filter("boxblur", max(1, min(small) // 14), 2)
        .filter("eq", brightness=-0.08)
    )
    ground = ground.filter("scale", frame.width, frame.height, flags="bilinear")
    whole = _scaled(halves[1], frame.width, frame.height, force_original_aspect_ratio="decrease")
    return ffmpeg.overlay(ground, whole, x="(W-w)/2", y="(H-h)/2")


def _covering(picture: Any, width: int, height: int) -> Any:
    filled = _scaled(picture, width, height, force_original_aspect_ratio="increase")
    return filled.filter("crop", width, height)


def _scaled(picture: Any, width: int, height: int, **options: Any) -> Any:
    """Scale a picture; untagged ones count as BT.601, the default of ffmpeg for RGB."""
    return picture.filter(
        "scale", width, height, flags="lanczos", out_color_matrix="bt709", **options
    )
