"""Sample videos whose shots are known: cameras that move over photographs, and things in front."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gpu_worker.media import ffmpeg

PHOTOS = (
    "astronaut",
    "chelsea",
    "coffee",
    "rocket",
    "hubble_deep_field",
    "retina",
    "motorcycle_left",
    "brick",
    "grass",
    "page",
)
RATE = 25
SIZE = (270, 480)


@dataclass(frozen=True)
class View:
    """A camera over a photograph: where it begins and how it moves, in shares of the picture."""

    photo: int
    seconds: float
    at: tuple[float, float] = (0.5, 0.5)
    pan: tuple[float, float] = (0.0, 0.0)
    """Movement a second."""
    width: float = 0.5
    zoom: float = 0.0
    jitter: float = 0.0
    things: int = 0
    """How many discs move in front."""
    gain: float = 1.0
    flicker: float = 0.0
    flash: float = -1.0
    """The second at which a flash of two frames is seen."""


@dataclass(frozen=True)
class Join:
    """How a view follows the one before."""

    kind: str = "cut"
    frames: int = 0


@dataclass(frozen=True)
class Show:
    """A video: views, and the joins between them."""

    views: tuple[View, ...]
    joins: tuple[Join, ...]
    rate: int = RATE
    size: tuple[int, int] = SIZE

    @property
    def boundaries(self) -> list[tuple[float, Join]]:
        """The second of each boundary: of its middle, if it is gradual."""
        found, at = [], 0
        for view, join in zip(self.views, (*self.joins, None), strict=True):
            at += round(view.seconds * self.rate)
            if join is not None:
                at -= join.frames
                found.append(((at + join.frames / 2) / self.rate, join))
        return found

    def frames(self, seed: int = 0) -> Iterator[Any]:
        tail: list[Any] = []
        for number, view in enumerate(self.views):
            join = self.joins[number - 1] if number else Join()
            after = self.joins[number] if number < len(self.joins) else Join()
            count = round(view.seconds * self.rate)
            drawn = self._view(view, count, seed + number)
            for index, frame in enumerate(drawn):
                if index < len(tail):
                    share = (index + 1) / (len(tail) + 1)
                    yield _mixed(tail[index], frame, share, join.kind)
                elif index < count - after.frames:
                    yield frame
                else:
                    if index == count - after.frames:
                        held: list[Any] = []
                    held.append(frame)
            tail = held if after.frames else []

    def _view(self, view: View, count: int, seed: int) -> Iterator[Any]:
        chance = np.random.default_rng(seed)
        photo = photograph(view.photo)
        high, wide = photo.shape[:2]
        width, height = self.size
        discs = [
            (
                chance.uniform(0, 1, 2),
                chance.uniform(-0.4, 0.4, 2),
                chance.uniform(0.05, 0.14),
                chance.integers(0, 255, 3),
            )
            for _ in range(view.things)
        ]
        for index in range(count):
            t = index / self.rate
            share = view.width * (1 - view.zoom * t)
            box_w = share * min(wide, high * width / height)
            box_h = box_w * height / width
            shake = chance.normal(0, view.jitter, 2) if view.jitter else (0, 0)
            x = (view.at[0] + view.pan[0] * t + shake[0]) * wide
            y = (view.at[1] + view.pan[1] * t + shake[1]) * high
            x = float(np.clip(x, box_w / 2, wide - box_w / 2))
            y = float(np.clip(y, box_h / 2, high - box_h / 2))
            matrix = np.array(
                [
                    [width / box_w, 0, (box_w / 2 - x) * width / box_w],
                    [0, height / box_h, (box_h / 2 - y) * height / box_h],
                ]
            )
            frame = cv2.warpAffine(
                photo,
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT,
            )
            for place, speed, radius, colour in discs:
                centre = ((place + speed * t) % 1.0) * (width, height)
                cv2.circle(
                    frame,
                    (int(centre[0]), int(centre[1])),
                    int(radius * height),
                    [int(c) for c in colour],
                    -1,
                    cv2.LINE_AA,
                )
            gain = view.gain * (1 + view.flicker * chance.normal())
            noise = chance.normal(0, 2.0, (height, width, 1))
            bright = 120 if 0 <= t - view.flash < 2 / self.rate else 0
            yield np.clip(frame * gain + noise + bright, 0, 255).astype(np.uint8)


def _mixed(one: Any, other: Any, share: float, kind: str) -> Any:
    if kind == "dip":
        shown, strength = (one, 1 - 2 * share) if share < 0.5 else (other, 2 * share - 1)
        return (shown * strength).astype(np.uint8)
    return (one * (1 - share) + other * share).astype(np.uint8)


@cache
def photograph(number: int) -> Any:
    import skimage

    name = PHOTOS[number % len(PHOTOS)]
    folder = Path(skimage.__file__).parent / "data"
    path = next(
        folder / f"{name}{ext}" for ext in (".png", ".jpg") if (folder / f"{name}{ext}").exists()
    )
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def random_show(
    seed: int,
    joins: Sequence[Join],
    *,
    rate: int = RATE,
    size: tuple[int, int] = SIZE,
    seconds: tuple[float, float] = (1.0, 3.5),
) -> Show:
    """Views of different photographs, with every movement that is asked for once in a while."""
    chance = np.random.default_rng(seed)
    views: list[View] = []
    photo = int(chance.integers(len(PHOTOS)))
    for _ in range(len(joins) + 1):
        photo = (photo + int(chance.integers(1, len(PHOTOS)))) % len(PHOTOS)
        move = chance.choice(["still", "pan", "zoom", "hand", "things", "flash"])
        number = len(views)
        before = joins[number - 1].frames / rate if number else 0.0
        after = joins[number].frames / rate if number < len(joins) else 0.0
        alone = before + after + 0.5
        views.append(
            View(
                photo=photo,
                seconds=max(alone, float(chance.uniform(*seconds))),
                at=(float(chance.uniform(0.35, 0.65)), float(chance.uniform(0.4, 0.6))),
                pan=(float(chance.uniform(-0.25, 0.25)), float(chance.uniform(-0.1, 0.1)))
                if move == "pan"
                else (0.0, 0.0),
                width=float(chance.uniform(0.35, 0.7)),
                zoom=float(chance.uniform(-0.1, 0.18)) if move == "zoom" else 0.0,
                jitter=0.006 if move == "hand" else 0.0,
                things=int(chance.integers(1, 4)) if move == "things" else 0,
                gain=float(chance.uniform(0.6, 1.1)),
                flicker=0.02 if move == "still" else 0.0,
                flash=before + 0.2 if move == "flash" else -1.0,
            )
        )
    return Show(tuple(views), tuple(joins), rate, size)


def write(
    show: Show,
    target: Path,
    *,
    seed: int = 0,
    crf: int = 23,
    sound: Sequence[str] = (),
    scale: str = "",
) -> Path:
    """Encode a show with ffmpeg."""
    width, height = show.size
    command = [
        ffmpeg.executable(),
        *ffmpeg.QUIET,
        "-v",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
    ]
    command += ["-s", f"{width}x{height}", "-r", str(show.rate), "-i", "pipe:0", *sound]
    command += [
        "-vf",
        f"scale={scale}" if scale else "null",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        str(crf),
        "-pix_fmt",
        "yuv420p",
    ]
    command += ["-c:a", "aac", "-shortest", str(target)] if sound else [str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for frame in show.frames(seed):
            process.stdin.write(frame.tobytes())
        process.stdin.close()
        assert process.wait() == 0
    return target
