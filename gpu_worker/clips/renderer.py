"""Render a clip: a camera over a picture, over its two layers, or over a painted background.

The same order and picture give the same file: everything that is not in the prompt comes from the
seed.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from gpu_worker.clips import camera, ground, layers
from gpu_worker.clips.layers import Layers
from gpu_worker.media.encoder import Pixels, encoding
from tasks.domain.errors import InputRefused
from tasks.domain.hosted import ClipOrder, frame_size

Rgb = npt.NDArray[np.uint8]

FPS: Final = 25
PARALLAX: Final = "parallax"
_INVISIBLE: Final = 16
"""The loss of a clip (x264's `crf`): a third of the bytes, which it is decoded from four times."""
_OVERSAMPLED: Final = 1.3
"""A picture is kept so much larger than the frame, for the near end of a push."""
_NEAR, _FAR = 1.5, 0.65
"""How far the two layers move, compared with a picture of one layer."""
_ROOM: Final = 1.12
"""The zoom at which the nearer layer stays inside the frame."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS: Final = 40_000_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A clip to render."""

    model: str
    order: ClipOrder
    picture: bytes | None
    seed: int

    @property
    def size(self) -> tuple[int, int]:
        return frame_size(self.order.ratio, self.order.resolution)

    @property
    def count(self) -> int:
        """The number of its frames."""
        return max(round(self.order.seconds * FPS), 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """The frames of a clip, and what is said about it."""

    frames: Iterator[npt.NDArray[Any]]
    facts: dict[str, Any]
    pixels: Pixels = "rgb24"
    drawn: tuple[int, int] | None = None
    """The size of the frames, where it is not that of the clip."""


def render(shot: Shot, target: Path, on_progress: Callable[[float], None]) -> dict[str, Any]:
    """Write the clip as MP4 and return facts about it; `on_progress` may raise to stop."""
    scene, size = scene_of(shot), shot.size
    with encoding(size, FPS, target, scene.pixels, drawn=scene.drawn, loss=_INVISIBLE) as encoder:
        for number, frame in enumerate(scene.frames):
            encoder.add(frame.tobytes())
            on_progress((number + 1) / shot.count)
    return scene.facts | {"frames": shot.count, "fps": FPS, "width": size[0], "height": size[1]}


def scene_of(shot: Shot) -> Scene:
    order, size, count = shot.order, shot.size, shot.count
    if shot.picture is None:
        mood = ground.mood_of(order.prompt, shot.seed)
        drawn = ground.drawn_size(size)
        painted = ground.frames(mood, drawn, count, FPS, shot.seed)
        return Scene(painted, {"mood": mood.name, "layers": 0}, "rgb48le", drawn)
    image = _fitted(read_picture(shot.picture), size)
    move = camera.named(order.prompt, shot.seed)
    found = layers.divide(image) if shot.model == PARALLAX else None
    height, width = image.shape[:2]
    focus = found.focus if found is not None else (width / 2, height * 0.45)
    room = 1.0 if found is None else _ROOM
    path = camera.plan(move, (width, height), size, seconds=order.seconds, focus=focus, room=room)
    frames = _flat(image, path, count) if found is None else _layered(found, path, count)
    return Scene(frames, {"move": move, "layers": 1 if found is None else 2})


def read_picture(data: bytes) -> Rgb:
    """Decode a picture upright and opaque; raise `InputRefused`."""
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than the one Pillow warns of.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                if opened.width * opened.height > _MOST_PIXELS:
                    raise InputRefused("The picture has more than 40 million pixels.")
                upright = ImageOps.exif_transpose(opened)
                return np.ascontiguousarray(np.asarray(upright.convert("RGB")))
    except UnidentifiedImageError as error:
        raise InputRefused("The file is not a JPEG, PNG or WebP picture.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputRefused("The picture is damaged and cannot be read.") from error


def _fitted(picture: Rgb, size: tuple[int, int]) -> Rgb:
    """Scale a picture to what the frame needs."""
    height, width = picture.shape[:2]
    scale = camera.covering((width, height), size) * _OVERSAMPLED
    wanted = max(round(width * scale), size[0]), max(round(height * scale), size[1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, wanted, interpolation=how), np.uint8)


def _flat(picture: Rgb, path: camera.Path, count: int) -> Iterator[Rgb]:
    for number in range(count):
        yield _seen(picture, path, path.at(_time(number, count)))


def _layered(found: Layers, path: camera.Path, count: int) -> Iterator[Rgb]:
    for number in range(count):
        time = _time(number, count)
        near, far = path.at(time, _NEAR), path.at(time, _FAR)
        alpha = _seen(found.alpha, path, near)
        behind = _seen(found.behind, path, far)
        shadowed = cv2.multiply(behind, cv2.merge([255 - alpha] * 3), scale=1 / 255)
        yield np.asarray(cv2.add(_seen(found.person, path, near), shadowed), np.uint8)


def _seen(layer: Rgb, path: camera.Path, view: camera.View) -> Rgb:
    return np.asarray(
        cv2.warpAffine(
            layer,
            path.matrix(view),
            path.frame,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _time(number: int, count: int) -> float:
    return number / max(count - 1, 1)
