"""Pictures to test faces with: two portraits in the public domain, and what is made of one.

NASA's of Eileen Collins comes inside scikit-image, the navy's of Grace Hopper inside
matplotlib. Other skins, lights and films are derived from the first; that tries the
arithmetic, not the models' fairness.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from gpu_worker.engine import Inputs

Rgb = npt.NDArray[np.uint8]
_PAINTINGS = Path(__file__).parents[2] / "bench" / "portraits"
MOUTH = (180, 132, 264, 172)
EYES = (185, 92, 265, 112)
FACE = (160, 40, 290, 200)


@cache
def astronaut() -> Rgb:
    from skimage import data

    return np.asarray(data.astronaut(), np.uint8)


@cache
def admiral() -> Rgb:
    """An old face with closed lips, glasses and a cap, in hard light."""
    from matplotlib import cbook

    with Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)


def painting(name: str) -> Rgb:
    """Read one of the paintings of `tests/bench/portraits`, all in the public domain."""
    picture = cv2.imread(str(_PAINTINGS / f"{name}.jpg"))
    return np.ascontiguousarray(picture[..., ::-1])


def castiglione() -> Rgb:
    """A bearded man in a three-quarter view."""
    return painting("castiglione")


def darker_skin() -> Rgb:
    lab = cv2.cvtColor(astronaut().astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    darker = lab * np.float32([0.5, 1, 1]) + np.float32([0, 4, 6])
    return _bytes(cv2.cvtColor(darker, cv2.COLOR_LAB2RGB) * 255)


def side_lit() -> Rgb:
    light = np.interp(np.arange(512), [0, 190, 262, 512], [0.3, 0.35, 1.25, 1.3])
    return _bytes(astronaut() * light[None, :, None])


def black_and_white() -> Rgb:
    return np.repeat(cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def turned(degrees: float) -> Rgb:
    """Clockwise about the face."""
    matrix = cv2.getRotationMatrix2D((224, 125), -degrees, 1)
    return np.asarray(
        cv2.warpAffine(astronaut(), matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    )


def two_faces() -> Rgb:
    part = astronaut()[:340, 60:380]
    return np.ascontiguousarray(np.hstack([part, part[:, ::-1]]))


def bystander() -> Rgb:
    """A face and, far behind it, a small one."""
    picture = astronaut().copy()
    picture[10:110, 10:104] = cv2.resize(astronaut()[20:220, 130:318], (94, 100))
    return picture


def distant() -> Rgb:
    """A face of about 25 pixels in a room."""
    room = np.full((512, 512, 3), 150, np.uint8)
    room[200:328, 200:328] = cv2.resize(astronaut(), (128, 128), interpolation=cv2.INTER_AREA)
    return room


def in_a_crowd_sized_picture() -> Rgb:
    """A face of 105 pixels somewhere in 12 megapixels."""
    room = np.full((3000, 4000, 3), 150, np.uint8)
    room[1900:2412, 2700:3212] = astronaut()
    return room


def painted(box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Rgb:
    """Something flat over a part of the face."""
    picture = astronaut().copy()
    cv2.rectangle(picture, box[:2], box[2:], colour, -1)
    return picture


def behind_a_hand() -> Rgb:
    """The forehead's skin over the mouth: the colour is right, the lips are missing."""
    picture = astronaut().copy()
    picture[135:175, 188:258] = cv2.resize(picture[75:95, 200:250], (70, 40))
    return picture


def noise() -> Rgb:
    return np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)


def cat() -> Rgb:
    from skimage import data

    return np.asarray(data.chelsea(), np.uint8)


def _bytes(values: npt.NDArray[Any]) -> Rgb:
    return np.clip(values, 0, 255).astype(np.uint8)


def save(picture: Rgb | Image.Image, path: Path, **options: Any) -> Path:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, **options)
    return path


def face_inputs(
    make: Callable[[], Rgb], size: tuple[int, int] = (360, 640), **params: Any
) -> Callable[[Path], Inputs]:
    """Inputs of the face stage for a picture."""

    def write(folder: Path) -> Inputs:
        wanted = {"width": size[0], "height": size[1], "face_index": None, "pick": "only"}
        path = save(make(), folder / "face.png")
        return Inputs(params=wanted | params, seed=1, files={"upload/face": path})

    return write
