"""Measure a finished video: it is decoded once, and compared with what it was made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media import ffmpeg, fingerprints, streams
from gpu_worker.media.delivery import lateness, marks, spans
from gpu_worker.media.delivery.marks import Box, Mark
from gpu_worker.media.fingerprints import Samples
from gpu_worker.media.soundtrack.levelling import integrated
from gpu_worker.media.streams import Stream

if TYPE_CHECKING:
    from gpu_worker.media.delivery.marks import Greys
    from gpu_worker.media.delivery.seen import Whole
    from gpu_worker.media.delivery.spans import Span

_CHANGED: Final = 6.0
"""Mean difference of two frames from which they show different things."""
_MARK_FRAMES: Final = 48
_SILENT = re.compile(r"silence_duration: *([\d.]+)")
_SQUARE = re.compile(r"Video: .*?\[SAR (\d+):(\d+)")
_SOUND: Final = "silencedetect=n=-45dB:d=0.5,ebur128=framelog=verbose"

_HEARD: Final = f"[0:a:0]asplit[d][e];[d]{_SOUND}[heard];[e]{fingerprints.SOUND_FILTER}[sounds]"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where a scene begins: its second, and the length of its transition."""

    at: float
    kind: str = "cut"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What the plan promises."""

    width: int
    height: int
    seconds: float
    boundaries: tuple[Boundary, ...] = ()
    silent: bool = False
    """No voice, music or effect is planned."""
    drawn: tuple[Box, ...] = ()
    """Where the edit has drawn label, text and captions."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in the file."""

    width: int
    height: int
    seconds: float
    frame_rate: float
    codec: str
    pixel_format: str
    colours: str
    sample_rate: int
    audio_offset: float
    tail_offset: float
    loudness: float
    silent_seconds: float
    square: bool = True
    """Whether its pixels are."""
    black: tuple[tuple[float, float], ...] = ()
    frozen: tuple[tuple[float, float], ...] = ()
    unchanged: tuple[int, ...] = ()
    """Boundaries, counted from 1, at which the picture does not change."""
    mark: Mark | None = None
    lateness: float | None = None
    """Seconds by which the sound is later than it was mixed; None: that cannot be said."""
    misplaced: Mapping[int, int | None] = field(default_factory=dict)
    """Scenes that do not show their clip, and the scene whose clip they show, from 0."""
    still_mouths: tuple[int, ...] = ()
    """Scenes in which a person is seen and heard, and whose mouth does not move."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the decoding of a video has left in a folder."""

    log: str
    rate: float
    greys: Greys
    samples: Samples
    black: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()


def decode(path: Path, folder: Path, check: Callable[[], None]) -> tuple[list[Stream], Decoded]:
    """Decode a video once: small grey frames, what filters report, and samples of both."""
    found = list(streams.read_streams(path))
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    samples, raw = Samples(folder), folder / "greys.raw"
    if picture is None:
        return found, Decoded("", 0.0, marks.none(), samples)
    check()
    rate = rate_of(picture.seconds)
    size = marks.small((picture.width, picture.height))
    graph = (
        f"[0:V:0]split=3[a][b][c];[a]{spans.WHOLE}[seen];[b]{marks.shape(size, rate)}[greys];"
        f"[c]{fingerprints.PICTURE_FILTER}[frames]"
    )
    shown = ["-map", "[seen]"]
    sampled = ["-map", "[greys]", "-t", "60", "-f", "rawvideo", str(raw)]
    sampled += ["-map", "[frames]", *samples.to_picture()]
    if heard is not None:
        graph += f";{_HEARD}"
        shown += ["-map", "[heard]"]
        sampled += ["-map", "[sounds]", *samples.to_sound()]
    outputs = [*shown, "-f", "null", "-", *sampled]
    log = ffmpeg.run(["-i", str(path), "-filter_complex", graph, *outputs], check=check)
    frozen = spans.frozen(log, picture.seconds)
    return found, Decoded(log, rate, marks.read(raw, size), samples, spans.black(log), frozen)


def decode_pieces(
    path: Path, whole: Whole, folder: Path, check: Callable[[], None]
) -> tuple[list[Stream], Decoded]:
    """Return the same, of a video whose pieces were seen before: only its sound is decoded."""
    found = list(streams.read_streams(path))
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    samples = Samples(folder)
    samples.picture.write_bytes(whole.prints())
    check()
    rate = rate_of(picture.seconds if picture else 0.0)
    command, outputs = ["-i", str(path)], ["-map", "0", "-c", "copy", "-f", "null", "-"]
    if heard is not None:
        command += ["-filter_complex", _HEARD, "-map", "[heard]"]
        outputs = ["-f", "null", "-", "-map", "[sounds]", *samples.to_sound()]
    log = ffmpeg.run([*command, *outputs], check=check)
    greys = whole.greys(rate)
    return found, Decoded(log, rate, greys, samples, whole.black(), whole.frozen())


def rate_of(seconds: float) -> float:
    """Return how many frames a second of a video are compared."""
    return min(12.5, max(5.0, _MARK_FRAMES / max(1.0, seconds)))


def measure(
    found: Sequence[Stream],
    decoded: Decoded,
    expected: Expected,
    check: Callable[[], None],
    mixed: Path | None = None,
) -> Measured:
    """Measure what was decoded; `mixed` is the sound as it was before the edit."""
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    if picture is None:
        return Measured(0, 0, 0.0, 0.0, "", "", "", 0, 0.0, 0.0, -70.0, 0.0)
    log, greys, rate = decoded.log, decoded.greys, decoded.rate
    begins = heard.start - picture.start if heard else 0.0
    ends = begins + heard.seconds - picture.seconds if heard else 0.0
    late = lateness.of(decoded.samples, mixed, check) if heard and mixed else None
    return Measured(
        width=picture.width,
        height=picture.height,
        seconds=round(picture.seconds, 3),
        frame_rate=round(float(picture.frame_rate), 3),
        codec=picture.codec,
        pixel_format=picture.pixel_format,
        colours=picture.colours,
        sample_rate=heard.sample_rate if heard else 0,
        audio_offset=round(begins, 3),
        tail_offset=round(ends, 3),
        loudness=integrated(log) if heard else -70.0,
        silent_seconds=round(sum(float(s) for s in _SILENT.findall(log)), 3),
        square=_is_square(log),
        black=decoded.black,
        frozen=decoded.frozen,
        unchanged=_unchanged(greys, rate, expected.boundaries),
        mark=marks.find(greys, without=expected.drawn),
        lateness=None if late is None else round(begins + late, 3),
    )


def _is_square(log: str) -> bool:
    """Return whether the pixels are square; files that do not say have square ones."""
    found = _SQUARE.search(log)
    return found is None or found[1] == found[2] or "0" in found.groups()


def _unchanged(greys: Any, rate: float, boundaries: Sequence[Boundary]) -> tuple[int, ...]:
    """Return the boundaries at which the same is seen before and after."""
    import numpy as np

    found = []
    for number, boundary in enumerate(boundaries, start=1):
        reach = boundary.seconds / 2 + 1 / rate
        before = int((boundary.at - reach) * rate)
        after = round((boundary.at + reach) * rate + 0.5)
        if before < 0 or after >= len(greys):
            continue
        one, other = (greys[n][::4, ::4].astype(np.float32) for n in (before, after))
        if float(np.abs(one - other).mean()) < _CHANGED:
            found.append(number)
    return tuple(found)
