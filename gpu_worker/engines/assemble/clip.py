"""Finish a clip: label it, sign where it comes from, and take its poster and fingerprint.

A provider's own statement stays in the signed file, as the parent of the clip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.settings import current
from gpu_worker.media import ffmpeg, fingerprints
from gpu_worker.media.captions import lettering
from gpu_worker.media.fingerprints import Samples
from gpu_worker.media.framing import Frame, Layer
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.media.streams import of_kind, read_streams
from tasks.domain.errors import ResultRefused
from tasks.domain.fingerprint import FINGERPRINT
from tasks.domain.hosted import PART, STAGE, STREAM

POSTER: Final = "poster.jpg"
_AAC_RATE, _AAC_PACKET = 48_000, 1_024
"""Samples a second, and samples of a packet."""
_POSTER_AT: Final = 0.5
"""Seconds; the first frame of a clip is often black."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The files of a finished clip, and what is said about it."""

    parts: dict[str, Path]
    facts: dict[str, Any]


def finish(
    clip: Path,
    source: Path,
    folder: Path,
    *,
    model: str,
    label: bool,
    check: Callable[[], None],
    stream: bool = False,
) -> Finished:
    """Write the finished clip into a folder; `source` is the file as the provider has sent it.

    With `stream`, it is also written as a segment of an HLS playlist.
    """
    identity = certificate.chosen(current().c2pa_cert, current().c2pa_key)
    found = read_streams(clip)
    picture, sound = of_kind(found, "video"), of_kind(found, "audio")
    if picture is None:
        raise ResultRefused("The clip has no picture.", reason="streams")
    origin = provenance.Origin(({"stage": STAGE, "name": model, "version": ""},))
    layer = lettering.label(Frame(picture.width, picture.height), folder) if label else None
    unsigned, final = folder / "unsigned.mp4", folder / PART
    ffmpeg.run(_command(clip, layer, origin, unsigned), check=check)
    poster, samples = folder / POSTER, Samples(folder)
    sampling = _sampling(unsigned, poster, samples, picture.seconds, has_sound=sound is not None)
    ffmpeg.run(sampling, check=check)
    provenance.mark_picture(poster)
    provenance.mark_video(unsigned)
    provenance.sign(unsigned, final, origin, identity, (source,))
    written = folder / FINGERPRINT
    written.write_text(samples.fingerprint().to_json(), "utf-8")
    facts = {
        "label": label,
        "signed_by": "self-made" if identity is certificate.self_made() else "operator",
        "provider_statement": bool(provenance.with_statements((source,))),
        "duration": round(picture.seconds, 3),
    }
    parts = {PART: final, POSTER: poster, FINGERPRINT: written}
    if stream:
        parts[STREAM] = folder / STREAM
        ffmpeg.run(_streaming(unsigned, parts[STREAM]), check=check)
    return Finished(parts, facts)


def _command(clip: Path, layer: Layer | None, origin: provenance.Origin, target: Path) -> list[str]:
    """Return the arguments that draw the label; without one, nothing is encoded again."""
    tags = [word for tag in provenance.metadata(origin).items() for word in _tag(*tag)]
    kept = ["-map", "0:a?", "-c:a", "copy", *tags, "-movflags", "+faststart", str(target)]
    if layer is None:
        return ["-i", str(clip), "-map", "0:v", "-c:v", "copy", *kept]
    drawn = f"[0:v][1:v]overlay={layer.left}:{layer.top},format=yuv420p[out]"
    encoded = ["-c:v", "libx264", "-preset", "superfast", "-crf", "19"]
    inputs = ["-i", str(clip), "-i", str(layer.source)]
    return [*inputs, "-filter_complex", drawn, "-map", "[out]", *encoded, *kept]


def _streaming(video: Path, target: Path) -> list[str]:
    """Return the arguments that write a segment; only what a player may not know is encoded.

    Players open their buffers for what the first segment has, so that each has a sound of the same
    format, as long as its picture: a clip without one is silent.
    """
    found = read_streams(video)
    picture, sound = of_kind(found, "video"), of_kind(found, "audio")
    is_known = picture and (picture.codec, picture.pixel_format) == ("h264", "yuv420p")
    encoded = ("-c:v", "libx264", "-preset", "superfast", "-crf", "21", "-pix_fmt", "yuv420p")
    seconds = picture.seconds if picture else 0.0
    # AAC begins a packet early. The next segment must not begin before this one has ended.
    samples = (int(seconds * _AAC_RATE / _AAC_PACKET) - 1) * _AAC_PACKET
    silence = ("-f", "lavfi", "-i", f"anullsrc=r={_AAC_RATE}:cl=stereo")
    resampled = f"aresample={_AAC_RATE},apad,atrim=end_sample={max(samples, _AAC_PACKET)}"
    return [
        *("-i", str(video), *(() if sound else silence), "-map", "0:v:0"),
        *("-map", "0:a:0" if sound else "1:a:0", "-t", f"{seconds:.3f}"),
        *(("-c:v", "copy") if is_known else encoded),
        *("-af", resampled, "-c:a", "aac", "-ac", "2", "-b:a", "128k"),
        *("-f", "mpegts", "-mpegts_flags", "initial_discontinuity", str(target)),
    ]


def _sampling(
    video: Path, poster: Path, samples: Samples, seconds: float, *, has_sound: bool
) -> list[str]:
    """Return the arguments that take the poster and the samples, decoding a file once."""
    at = min(_POSTER_AT, seconds / 2)
    graph = f"[0:v]split[one][all];[one]trim=start={at}[chosen];"
    graph += f"[all]{fingerprints.PICTURE_FILTER}[frames]"
    chosen = ["-map", "[chosen]", "-frames:v", "1", "-update", "1", "-q:v", "2", str(poster)]
    sound = ["-map", "0:a?", "-af", fingerprints.SOUND_FILTER]
    return [
        *("-i", str(video), "-filter_complex", graph),
        *(*chosen, "-map", "[frames]", *samples.to_picture()),
        *((*sound, *samples.to_sound()) if has_sound else ()),
    ]


def _tag(name: str, value: str) -> tuple[str, str]:
    return "-metadata", f"{name}={value}"
