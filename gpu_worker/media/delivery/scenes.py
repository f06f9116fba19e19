"""Find out whether every scene of a video shows its clip, in the order of the plan.

Frames of the video are compared with those of the clips, patch by patch: the crop may follow a
subject, colours and light may be changed, and captions may lie over some patches. What decides is
which clip a scene is most like; a scene of which no patch can be compared is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media.delivery import marks
from gpu_worker.media.editing import clips

if TYPE_CHECKING:
    from gpu_worker.media.delivery.marks import Box, Greys

RATE: Final = 5.0
"""Frames a second of the clips that are compared."""
_HIGH: Final = 96
"""Pixels of the height of what is compared."""
_CELLS: Final = (6, 4)
"""Patches of a frame, down and across."""
_REACH: Final = 4
"""Pixels by which a patch may lie elsewhere than in the clip."""
_TEXTURED: Final = 4.0
"""Deviation of the brightness of a patch below which it shows nothing."""
_FEWEST: Final = 5
"""Patches of a frame that can be compared, at least."""
_AROUND: Final = 0.6
"""Seconds of a clip around the moment that a scene should show."""
_SLOWEST: Final = 0.75
_ALIKE, _UNLIKE = 0.6, 0.4
_CLEARER: Final = 0.15
"""How much more a scene is like another clip than like its own to be taken for it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A scene: its clip, when it is seen, and how its clip is shown."""

    clip: Path
    start: float
    end: float
    speed: float = 1.0
    clip_start: float = 0.0
    fit: str = "crop"


Remembered = Callable[[int, Callable[[], float | None]], float | None]
"""Returns how much a scene is like its own clip: what was computed before, or is computed now."""


def misplaced(
    video: Video,
    scenes: Sequence[Shown],
    check: Callable[[], None],
    remembered: Remembered = lambda _, compute: compute(),
) -> dict[int, int | None]:
    """Return the scenes that do not show their clip, each with the scene whose clip it shows."""
    shape = video.greys.shape[2] / video.greys.shape[1]
    films: dict[int, _Film] = {}

    def likeness(number: int, other: int) -> float | None:
        check()
        if other not in films:
            films[other] = _film(scenes[other], shape, check)
        scene = scenes[number]
        return _likeness(video, _moments(scene, video), scene, films[other])

    found: dict[int, int | None] = {}
    for number, scene in enumerate(scenes):
        own = remembered(number, partial(likeness, number, number))
        if own is None or own >= _ALIKE:
            continue
        others = {
            other: likeness(number, other) or 0.0
            for other in range(len(scenes))
            if other != number and scenes[other].clip != scene.clip
        }
        best = max(others, key=lambda one: others[one], default=None)
        if best is not None and others[best] >= max(_ALIKE, own + _CLEARER):
            found[number] = best
        elif own < _UNLIKE:
            found[number] = None
    return found


@dataclass(frozen=True, slots=True)
class Video:
    """The finished video: grey frames, so many a second, and where letters are drawn."""

    greys: Greys
    rate: float
    drawn: Sequence[Box] = ()


@dataclass(frozen=True, slots=True)
class _Film:
    """Small frames of a clip, and the window of the video's shape in them."""

    scene: Shown
    frames: Greys
    is_picture: bool
    is_whole: bool
    """Whether all of the clip is seen, on a blurred ground."""


def _film(scene: Shown, shape: float, check: Callable[[], None]) -> _Film:
    """Read the frames of a clip; the window of the video's shape is as high as `_HIGH`."""
    clip = clips.read(scene.clip)
    wide = clip.width / clip.height
    is_whole = scene.fit == "blur" and not clip.is_picture and abs(wide / shape - 1) > 0.02
    if is_whole:
        width = min(shape * _HIGH, wide * _HIGH)
        side = max(width, width / wide)
    else:
        high = _HIGH * max(1.0, shape / wide)
        side = max(high, high * wide)
    rate = 1.0 if clip.is_picture else RATE
    frames = marks.frames_of(
        scene.clip, (clip.width, clip.height), rate, check, max(16, round(side))
    )
    return _Film(scene, frames, clip.is_picture, is_whole)


def _moments(scene: Shown, video: Video) -> list[int]:
    """Return the frames of the video by which a scene is judged: near its ends, and between."""
    length = scene.end - scene.start
    shares = (0.12, 0.5, 0.88) if length > 1 else (0.5,)
    found = {round((scene.start + share * length) * video.rate) for share in shares}
    return sorted(one for one in found if 0 <= one < len(video.greys))


def _likeness(video: Video, moments: Sequence[int], scene: Shown, film: _Film) -> float | None:
    """Return how much a scene is like a clip: the median of the moments that can be compared."""
    found = []
    for moment in moments:
        at = film.scene.clip_start + (moment / video.rate - scene.start) * film.scene.speed
        some = _around(film, at)
        compared = (_alike(video, moment, frame, film) for frame in some)
        alike = [one for one in compared if one is not None]
        if alike:
            found.append(max(alike))
    return median(found) if found else None


def _around(film: _Film, at: float) -> Greys:
    if film.is_picture or not len(film.frames):
        return film.frames[:1]
    reach, last = _AROUND * max(1.0, film.scene.speed), len(film.frames) - 1
    # A clip that is too short for its scene is slowed down.
    begun = film.scene.clip_start + _SLOWEST * (at - film.scene.clip_start)
    first, end = (min(last, max(0, round(moment * RATE))) for moment in (begun - reach, at + reach))
    return film.frames[first : end + 1]


def _alike(video: Video, moment: int, frame: Any, film: _Film) -> float | None:
    """Return how alike a frame of the video and one of a clip are; None: nothing to compare."""
    import numpy as np

    shown, frame = video.greys[moment], _fine(frame)
    if film.is_whole:
        picture = _fine(_middle(shown, frame.shape))
    else:
        high = min(frame.shape[0], _HIGH)
        wide = min(frame.shape[1], round(high * shown.shape[1] / shown.shape[0]))
        picture = _fine(_resized(shown, (high, wide)))
    y, x = _place(picture, frame)
    scores = []
    for rows, columns in _patches(picture.shape):
        top, left = y + rows.start, x + columns.start
        patch = picture[rows, columns]
        high, wide = patch.shape
        # What is drawn over a soft picture must not be compared with it.
        if frame[top : top + high, left : left + wide].std() < _TEXTURED:
            continue
        if not film.is_whole and _is_drawn(video.drawn, rows, columns, picture.shape):
            continue
        scores.append(_best(patch, frame, top, left))
    if len(scores) < _FEWEST:
        return None
    return float(np.median(scores))


def _resized(picture: Any, size: tuple[int, int]) -> Any:
    """Return a picture at another size, each pixel a mean of those that it stands for."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((size[1], size[0]), Image.Resampling.BOX))


def _middle(shown: Any, size: tuple[int, int]) -> Any:
    """Return the part of a frame that shows a whole clip of another shape, at a size."""
    high, wide = size
    height, width = shown.shape
    if wide / high >= width / height:
        part = round(width * high / wide)
        cut = shown[(height - part) // 2 : (height + part) // 2]
    else:
        part = round(height * wide / high)
        cut = shown[:, (width - part) // 2 : (width + part) // 2]
    return _resized(cut, size)


def _fine(picture: Any) -> Any:
    """Return a picture without its slow changes of light, which effects add."""
    import numpy as np

    reach = 8
    values = picture.astype(np.float32)
    padded = np.pad(values, reach, "edge")
    sums = np.pad(np.cumsum(np.cumsum(padded, axis=0), axis=1), ((1, 0), (1, 0)))
    side = 2 * reach + 1
    box = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return values - box / side**2


def _patches(size: tuple[int, int]) -> list[tuple[slice, slice]]:
    rows, columns = (
        [round(n * side / parts) for n in range(parts + 1)]
        for side, parts in zip(size, _CELLS, strict=True)
    )
    return [
        (slice(top, bottom), slice(left, right))
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def _is_drawn(drawn: Sequence[Box], rows: slice, columns: slice, size: tuple[int, int]) -> bool:
    """Return whether letters may lie over a patch."""
    high, wide = size
    top, bottom = rows.start / high, rows.stop / high
    left, right = columns.start / wide, columns.stop / wide
    return any(
        box[0] < right and left < box[2] and box[1] < bottom and top < box[3] for box in drawn
    )


def _place(picture: Any, frame: Any) -> tuple[int, int]:
    """Return the position of a picture in a larger frame: the one with the best match."""
    import numpy as np

    down, across = (big - one for big, one in zip(frame.shape, picture.shape, strict=True))
    if down <= 0 and across <= 0:
        return 0, 0
    best, place = -1.0, (0, 0)
    for y in range(0, max(0, down) + 1, 2):
        for x in range(0, max(0, across) + 1, 2):
            part = frame[y : y + picture.shape[0], x : x + picture.shape[1]]
            score = float((part * picture).sum() / max(1.0, np.sqrt((part**2).sum())))
            if score > best:
                best, place = score, (y, x)
    return place


def _best(patch: Any, frame: Any, top: int, left: int) -> float:
    """Return the highest correlation of a patch with the places near its own in a frame."""
    import numpy as np

    high, wide = patch.shape
    first, last = max(0, top - _REACH), min(frame.shape[0], top + high + _REACH)
    begin, end = max(0, left - _REACH), min(frame.shape[1], left + wide + _REACH)
    area = frame[first:last, begin:end]
    if area.shape[0] < high or area.shape[1] < wide:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(area, (high, wide))
    rows = windows.reshape(-1, high * wide)
    rows = rows - rows.mean(axis=1, keepdims=True)
    wanted = (patch - patch.mean()).ravel()
    norms = np.sqrt((rows**2).sum(axis=1)) * np.sqrt((wanted**2).sum())
    # Not `@`: for products this small, the threads of BLAS wait for each other on a busy machine.
    alike = np.einsum("ij,j->i", rows, wanted)
    return float((alike / np.maximum(norms, 1.0)).max())
