"""Check and re-encode a recording in confined child processes."""

from __future__ import annotations

import re
import wave
from collections import Counter
from pathlib import Path
from typing import Final

from web.uploads import ffmpeg
from web.uploads.candidate import Candidate, refusal
from web.uploads.confinement import ChildResult, Limits, confined, no_space
from web.uploads.content_type import decoded

MEDIA_TYPE: Final = "audio/wav"
PREVIEW_TYPE: Final = "image/png"
LONGEST_SECONDS: Final = 600
SHORTEST_SECONDS: Final = 0.3
HIGHEST_RATE: Final = 48_000
_PROBE: Final = Limits(seconds=15, largest_file=4 * 1024**2)
_DECODE: Final = Limits(seconds=90)
_FACT = re.compile(r"^#(media_type|sample_rate) (\d+): +(\w+)", re.MULTILINE)


def check_recording(candidate: Candidate, directory: Path, *, trusted: bool = False) -> None:
    """Refuse a recording that is not one audio track; album covers are allowed.

    With `trusted`, it may have another type than its extension says.
    """
    command = ffmpeg.reading(candidate.extension, str(candidate.path))
    # `V` selects video except covers. Copying one second of packets is enough to list the tracks.
    for track in ("0:V?", "0:a?", "0:s?"):
        command += ["-map", track]
    command += ["-c", "copy", "-t", "1", "-f", "framecrc", "-"]
    if trusted:
        result = confined(command, _PROBE, directory)
    else:
        result = decoded(candidate, command, _PROBE, directory)
    _require_space(result)
    facts = [(name, value) for name, _, value in _FACT.findall(result.out)]
    tracks = Counter(value for name, value in facts if name == "media_type")
    if not result.succeeded or not tracks["audio"]:
        raise refusal("structure", "UNREADABLE", "The recording cannot be read.", security=True)
    if tracks["video"] or tracks["subtitle"]:
        raise refusal(
            "structure", "NOT_ONLY_SOUND", "The file contains more than sound. Send a recording."
        )
    if tracks["audio"] > 1:
        raise refusal(
            "structure", "SEVERAL_TRACKS", "The recording has several tracks. Send one track."
        )
    rates = [int(value) for name, value in facts if name == "sample_rate"]
    if not all(4_000 <= rate <= 192_000 for rate in rates):
        raise refusal("structure", "SAMPLE_RATE", "The sample rate must be between 4 and 192 kHz.")


def re_encoded(candidate: Candidate, directory: Path) -> tuple[Path, str, Path]:
    """Return the clean recording (mono, 16 bit), its media type and a picture of its waveform."""
    clean, preview = directory / "clean.wav", directory / "preview.png"
    trim = candidate.trim
    # One second past the limit, because kilobytes can unpack to hours.
    most = trim.start + LONGEST_SECONDS + 1
    end = most if trim.end is None else min(trim.end, most)
    graph = (
        f"[0:a:0]atrim=start={trim.start:f}:end={end:f},asetpts=PTS-STARTPTS,"
        f"aresample={HIGHEST_RATE},aformat=sample_fmts=s16:channel_layouts=mono,"
        "asplit[sound][look];[look]showwavespic=s=512x128:colors=0x3E6C9E[wave]"
    )
    command = [
        *ffmpeg.reading(candidate.extension, str(candidate.path), "-t", f"{end:f}"),
        *("-max_error_rate", "0.1", "-filter_complex_threads", "1", "-filter_complex", graph),
        *("-map", "[sound]", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        *("-flags:a", "+bitexact", "-c:a", "pcm_s16le"),
        *("-f", "wav", str(clean)),
        *("-map", "[wave]", "-frames:v", "1", "-c:v", "png", "-f", "image2", str(preview)),
    ]
    result = confined(command, _DECODE, directory)
    _require_space(result)
    if result.exhausted:
        raise refusal(
            "decode", "DECODE_TIMEOUT", "The recording takes too long to read.", security=True
        )
    seconds = _seconds(clean) if result.succeeded else None
    if seconds is not None and trim.start and seconds < SHORTEST_SECONDS:
        raise refusal("decode", "TRIMMED_EMPTY", "The recording ends before the chosen part.")
    if seconds is None or not preview.is_file():
        raise refusal(
            "decode", "UNDECODABLE", "The recording is damaged and cannot be read.", security=True
        )
    if seconds > LONGEST_SECONDS:
        raise refusal("decode", "TOO_LONG", "The recording is longer than ten minutes.")
    if seconds < SHORTEST_SECONDS:
        raise refusal(
            "decode",
            "TOO_SHORT",
            f"The recording is {seconds:.1f} seconds long. Use one of several seconds.",
        )
    return clean, MEDIA_TYPE, preview


def _require_space(result: ChildResult) -> None:
    """Report a full disk as the server's fault, not the file's."""
    if "No space left on device" in result.err:
        raise no_space()


def _seconds(path: Path) -> float | None:
    """Return the decoded length of the clean copy, whatever the source claimed."""
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, OSError):
        return None
