"""Analyse a sample: decode it once, and describe each shot from what passes by."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media import faces
from gpu_worker.media.samples import camera, colours, subject
from gpu_worker.media.samples.camera import Step
from gpu_worker.media.samples.frames import STILLS_A_SECOND, Decoding, pooled
from gpu_worker.media.samples.inspection import SampleInfo
from gpu_worker.media.samples.shots import Boundary, ShotDetector
from tasks.domain.errors import SampleStill, SampleTooLong
from tasks.domain.sample_facts import Box, CameraMove, Face, Shot, Technical
from tasks.domain.video_plan import Degraded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

STEPS_A_SECOND: Final = 10
"""How often the movement is measured."""
MOST_KEY_FRAMES: Final = 200
_SHORTEST_SHOT: Final = 0.12
_UNCHANGED: Final = 0.6
_KINDS: Final = {"cut": "cut", "dissolve": "dissolve", "dip": "fade"}


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a sample shows: its shots, and their key frames by the names of the parts."""

    shots: tuple[Shot, ...]
    key_frames: dict[str, Path]
    degraded: tuple[Degraded, ...] = ()


@dataclass(slots=True)
class _Seen:
    """What is kept of the frames that passed by."""

    detector: ShotDetector = field(default_factory=ShotDetector)
    steps: list[tuple[int, Step]] = field(default_factory=list)
    count: int = 0
    most_changed: float = 0.0


@dataclass(frozen=True, slots=True)
class _Still:
    """The key frame of a shot."""

    name: str
    at: float
    picture: Any
    faces: tuple[Face, ...]


def pictures(
    decoding: Decoding,
    folder: Path,
    check: Callable[[], None],
    progress: Callable[[float], None],
) -> Pictures:
    """Describe the shots of a sample; key frames are written to a folder."""
    seen = _watched(decoding, check, progress)
    if seen.most_changed < _UNCHANGED:
        raise SampleStill
    spans = _spans(seen, decoding.rate)
    finds_faces = faces.is_installed()
    shots: list[Shot] = []
    key_frames: dict[str, Path] = {}
    for number, (begin, end, before) in enumerate(spans):
        check()
        still, at = _key_frame(decoding, begin, end)
        name = f"shot-{number:03}.jpg" if still and number < MOST_KEY_FRAMES else ""
        if name and still:
            key_frames[name] = folder / name
            shutil.copyfile(still, key_frames[name])
        picture = _read(still) if still else None
        found = _faces(picture) if picture is not None and finds_faces else ()
        key = _Still(name, at, picture, found)
        span = (begin, end, before)
        shots.append(_shot(seen, decoding.rate, max(decoding.size), span, key))
    degraded = () if finds_faces else (_no_faces(),)
    return Pictures(tuple(shots), key_frames, degraded)


def technical(info: SampleInfo, frames: int = 0) -> Technical:
    """Return the technical facts in the form of the sample's facts."""
    return Technical(
        width=info.width,
        height=info.height,
        seconds=info.seconds,
        frame_rate=info.frame_rate,
        frames=frames or info.frames,
        variable_rate=info.variable_rate,
        rotation=info.rotation,
        container=info.container,
        codec=info.codec,
        pixel_format=info.pixel_format,
        bytes=info.bytes,
        has_sound=bool(info.audio_codec),
        sound_codec=info.audio_codec,
        sample_rate=info.sample_rate,
        channels=info.channels,
    )


def _watched(
    decoding: Decoding, check: Callable[[], None], progress: Callable[[float], None]
) -> _Seen:
    """Pass all frames by; only a few are in memory at a time."""
    import numpy as np

    seen = _Seen()
    between = max(1, round(decoding.rate / STEPS_A_SECOND))
    expected = max(1.0, decoding.info.seconds * decoding.rate)
    first: Any = None
    before: Any = None
    for frame in decoding.frames(check):
        seen.detector.add(frame)
        if seen.count % between == 0:
            grey = frame.astype(np.float32).mean(axis=2)
            if before is not None:
                seen.steps.append((seen.count, camera.step(before, grey)))
            before = grey
            small = pooled(frame, 8)
            first = small if first is None else first
            change = float(np.abs(small - first).max())
            seen.most_changed = max(seen.most_changed, change / 4)
        seen.count += 1
        if seen.count > expected + 3 * decoding.rate:
            raise SampleTooLong  # the times of its packets promised less
        progress(min(1.0, seen.count / expected))
    return seen


_Range = tuple[int, int, Boundary | None]


def _spans(seen: _Seen, rate: float) -> list[_Range]:
    """Return the first and last frame of each shot, and the boundary before it."""
    least = max(2, round(_SHORTEST_SHOT * rate))
    found: list[_Range] = []
    begin, before = 0, None
    for boundary in seen.detector.boundaries():
        if boundary.frame - begin < least or seen.count - boundary.frame < least:
            continue
        found.append((begin, boundary.frame, before))
        begin, before = boundary.frame, boundary
    found.append((begin, seen.count, before))
    return found


def _shot(seen: _Seen, rate: float, side: int, span: _Range, still: _Still) -> Shot:
    begin, end, before = span
    picture, shown = still.picture, still.faces
    around = (before.frames // 2 if before else 0) + 1
    between = max(1, round(rate / STEPS_A_SECOND))
    steps = [step for number, step in seen.steps if begin + around + between <= number < end]
    movement = camera.judge(steps, between / rate, side)
    return Shot(
        start=round(begin / rate, 3),
        end=round(end / rate, 3),
        transition=_KINDS[before.kind] if before else "start",
        transition_seconds=round(before.frames / rate, 3) if before else 0.0,
        key_frame=still.name,
        key_frame_at=round(still.at, 3),
        palette=colours.palette(picture[::4, ::4]) if picture is not None else (),
        light=colours.light(picture[::2, ::2]) if picture is not None else None,
        motion=movement.motion,
        camera=CameraMove(movement.move, movement.strength, movement.confidence),
        faces=shown,
        subject=_subject(picture, shown),
    )


def _key_frame(decoding: Decoding, begin: int, end: int) -> tuple[Path | None, float]:
    """Return the sharpest picture in the middle of a shot, and its time."""
    start, stop = begin / decoding.rate, end / decoding.rate
    margin = 0.2 * (stop - start)
    inner = _stills(decoding, start + margin, stop - margin) or _stills(decoding, start, stop)
    if not inner:
        return None, (start + stop) / 2
    chosen = max(inner[:12], key=lambda number: colours.sharpness(_read(decoding.still(number))))
    return decoding.still(chosen), chosen / STILLS_A_SECOND


def _stills(decoding: Decoding, start: float, stop: float) -> list[int]:
    # The picture with the number n shows the moment n / STILLS_A_SECOND, give or take a half step.
    first = int(-(-(start + 0.5 / STILLS_A_SECOND) * STILLS_A_SECOND // 1))
    last = int((stop - 0.5 / STILLS_A_SECOND) * STILLS_A_SECOND)
    numbers = range(max(0, first), last + 1)
    return [number for number in numbers if decoding.still(number).is_file()]


def _read(path: Path) -> Picture:
    import numpy as np
    from PIL import Image

    with Image.open(path, formats=("JPEG",)) as image:
        return np.asarray(image.convert("RGB"))


def _faces(picture: Picture) -> tuple[Face, ...]:
    found = faces.find(picture)[:20]
    return tuple(Face(Box(f.left, f.top, f.width, f.height), f.confidence) for f in found)


def _subject(picture: Picture | None, shown: Sequence[Face]) -> Box | None:
    """Return what a crop must keep: the largest face, or what stands out."""
    if shown:
        return shown[0].box
    return subject.salient(picture) if picture is not None else None


def _no_faces() -> Degraded:
    return Degraded("analysis", "no_face_detector", "Faces are found by workers with MediaPipe.")
