"""Check a sample video, and copy its streams without its metadata, in confined child processes.

Nothing is decoded here but one small picture: what is shown and heard is measured by a worker.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from tasks.domain.errors import FileValidationFailed
from web.uploads import ffmpeg
from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import ChildResult, Limits, confined, no_space
from web.uploads.content_type import decoded

PREVIEW_TYPE: Final = "image/jpeg"
MEDIA_TYPES: Final = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}
LONGEST_SIDE: Final = 4096
SHORTEST_SECONDS: Final = 1.0
HIGHEST_RATE: Final = 60.0
_SLACK: Final = 0.1
_PROBE: Final = Limits(seconds=20, largest_file=4 * 1024**2)
_COPY: Final = Limits(seconds=60, largest_file=400 * 1024**2)
_FACT = re.compile(r"^#(media_type|dimensions) (\d+): +(\w+)", re.MULTILINE)
_REPORT = re.compile(r"^(frame|out_time_us)=\s*(-?\d+)", re.MULTILINE)


def check_sample(candidate: Candidate, directory: Path, *, trusted: bool = False) -> None:
    """Refuse a file that is not one video stream of an accepted size."""
    command = _reading(candidate)
    for track in ("0:V?", "0:a?"):
        command += ["-map", track]
    command += ["-c", "copy", "-t", "1", "-f", "framecrc", "-"]
    if trusted:
        result = confined(command, _PROBE, directory)
    else:
        result = decoded(candidate, command, _PROBE, directory)
    _require_space(result)
    if "max_streams" in result.err or "exceeds" in result.err:
        raise _refused("SAMPLE_STREAMS", "The sample has too many streams. Export it with one.")
    facts = [(name, value) for name, _, value in _FACT.findall(result.out)]
    tracks = Counter(value for name, value in facts if name == "media_type")
    if not facts:
        raise _refused(
            "SAMPLE_UNREADABLE", "The sample cannot be read. Send an MP4, MOV or WebM file."
        )
    if not tracks["video"]:
        raise _refused("SAMPLE_WITHOUT_PICTURE", "The sample has sound only. Send a video.")
    if tracks["video"] > 1:
        raise _refused(
            "SAMPLE_STREAMS", "The sample has several video streams. Export it with one."
        )
    sides = [
        int(side) for name, value in facts if name == "dimensions" for side in value.split("x")
    ]
    if any(side > LONGEST_SIDE for side in sides):
        raise _refused(
            "SAMPLE_TOO_LARGE", f"The sample is larger than {LONGEST_SIDE} pixels a side."
        )


def copied(candidate: Candidate, directory: Path, longest: float) -> tuple[Path, str, Path]:
    """Return a copy of the streams without metadata, its media type and a small picture."""
    clean, preview = directory / f"clean{candidate.extension}", directory / "preview.jpg"
    command = [
        *_reading(candidate),
        *("-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-map_metadata", "-1"),
        *("-map_chapters", "-1", "-progress", "pipe:1", str(clean)),
    ]
    result = confined(command, _COPY, directory)
    _require_space(result)
    if not result.succeeded or not clean.is_file():
        raise refusal(
            "decode",
            "SAMPLE_UNREADABLE",
            "The sample is damaged and cannot be read.",
            security=True,
        )
    _require_length(result, longest)
    picture = [
        *_reading(candidate),
        *("-map", "0:V:0", "-frames:v", "1", "-vf", "scale=512:-2", "-c:v", "mjpeg"),
        *("-f", "image2", str(preview)),
    ]
    shown = confined(picture, _PROBE, directory)
    _require_space(shown)
    if not shown.succeeded or not preview.is_file():
        raise refusal(
            "decode",
            "SAMPLE_CODEC",
            "The sample uses a codec that is not supported. Export it as H.264 and AAC.",
        )
    return clean, MEDIA_TYPES[candidate.extension], preview


def _require_length(result: ChildResult, longest: float) -> None:
    last = dict(_REPORT.findall(result.out))
    seconds, frames = int(last.get("out_time_us", 0)) / 1e6, int(last.get("frame", 0))
    if seconds > longest + _SLACK:
        raise _refused(
            "SAMPLE_TOO_LONG",
            f"The sample lasts {seconds:.0f} seconds. Cut it to {longest:.0f}.",
        )
    if frames < 3:
        raise _refused(
            "SAMPLE_STILL", "The sample is a still picture. Send a video in which something moves."
        )
    if seconds < SHORTEST_SECONDS - _SLACK:
        raise _refused("SAMPLE_TOO_SHORT", "The sample is shorter than one second.")
    if frames / seconds > HIGHEST_RATE + 1:
        raise _refused(
            "SAMPLE_TOO_FAST", f"The sample has more than {HIGHEST_RATE:.0f} frames a second."
        )


def _refused(code: str, message: str) -> FileValidationFailed:
    return refusal("structure", code, message)


def _reading(candidate: Candidate) -> list[str]:
    return ffmpeg.reading(candidate.extension, str(candidate.path), codecs=ffmpeg.VIDEO_CODECS)


def _require_space(result: ChildResult) -> None:
    """Report a full disk as the server's fault, not the file's."""
    if "No space left on device" in result.err:
        raise no_space()
