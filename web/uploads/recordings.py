"""The structure of a recording, its full decode and its clean copy, in confined children."""

from __future__ import annotations

import re
import wave
from collections import Counter
from pathlib import Path
from typing import Final

from web.uploads import ffmpeg
from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import ChildResult, Limits, confined, no_space

MEDIA_TYPE: Final = "audio/wav"
PREVIEW_TYPE: Final = "image/png"
LONGEST_SECONDS: Final = 600
SHORTEST_SECONDS: Final = 0.3
HIGHEST_RATE: Final = 48_000
_GLANCE: Final = Limits(seconds=15, largest_file=4 * 1024**2)
_DECODE: Final = Limits(seconds=90)
_FACT = re.compile(r"^#(media_type|sample_rate) (\d+): +(\w+)", re.MULTILINE)


def check_recording(candidate: Candidate, directory: Path) -> None:
    """One track of sound and nothing that moves or reads; covers of albums are let be."""
    command = ffmpeg.reading(candidate.extension, str(candidate.path))
    # V: pictures that are no cover. Copying packets for a moment tells all that is there.
    for track in ("0:V?", "0:a?", "0:s?"):
        command += ["-map", track]
    ending = confined(
        [*command, "-c", "copy", "-t", "1", "-f", "framecrc", "-"], _GLANCE, directory
    )
    _require_space(ending)
    facts = [(name, value) for name, _, value in _FACT.findall(ending.out)]
    tracks = Counter(value for name, value in facts if name == "media_type")
    if not ending.succeeded or not tracks["audio"]:
        raise refusal("structure", "UNREADABLE", "The recording cannot be read.", security=True)
    if tracks["video"] or tracks["subtitle"]:
        raise refusal(
            "structure", "NOT_ONLY_SOUND", "The file has more than sound in it; send a recording."
        )
    if tracks["audio"] > 1:
        raise refusal("structure", "SEVERAL_TRACKS", "The recording has several tracks; send one.")
    rates = [int(value) for name, value in facts if name == "sample_rate"]
    if not all(4_000 <= rate <= 192_000 for rate in rates):
        raise refusal(
            "structure", "SAMPLE_RATE", "The recording's sample rate must be 4 to 192 kHz."
        )


def re_encoded(candidate: Candidate, directory: Path) -> tuple[Path, str, Path]:
    """The clean recording (one channel, 16 bit), its media type and a picture of its wave."""
    clean, preview = directory / "clean.wav", directory / "preview.png"
    graph = (
        f"[0:a:0]aresample={HIGHEST_RATE},aformat=sample_fmts=s16:channel_layouts=mono,"
        "asplit[sound][look];[look]showwavespic=s=512x128:colors=0x3E6C9E[wave]"
    )
    command = [
        # No further than one second past the limit: minutes may be packed into kilobytes.
        *ffmpeg.reading(candidate.extension, str(candidate.path), "-t", str(LONGEST_SECONDS + 1)),
        *("-max_error_rate", "0.1", "-filter_complex_threads", "1", "-filter_complex", graph),
        *("-map", "[sound]", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        *("-flags:a", "+bitexact", "-c:a", "pcm_s16le"),
        *("-f", "wav", str(clean)),
        *("-map", "[wave]", "-frames:v", "1", "-c:v", "png", "-f", "image2", str(preview)),
    ]
    ending = confined(command, _DECODE, directory)
    _require_space(ending)
    if ending.exhausted:
        raise refusal(
            "decode", "DECODE_TIMEOUT", "The recording takes too long to read.", security=True
        )
    seconds = _seconds(clean) if ending.succeeded else None
    if seconds is None or not preview.is_file():
        raise refusal(
            "decode", "UNDECODABLE", "The recording is damaged and cannot be read.", security=True
        )
    if seconds > LONGEST_SECONDS:
        raise refusal("decode", "TOO_LONG", "The recording is longer than ten minutes.")
    if seconds < SHORTEST_SECONDS:
        raise refusal("decode", "TOO_SHORT", "There is no sound in the recording.")
    return clean, MEDIA_TYPE, preview


def _require_space(ending: ChildResult) -> None:
    """A full disk is no fault of the file."""
    if "No space left on device" in ending.err:
        raise no_space()


def _seconds(path: Path) -> float | None:
    """Of our own file: as many seconds as were decoded, whatever the source claimed."""
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, OSError):
        return None
