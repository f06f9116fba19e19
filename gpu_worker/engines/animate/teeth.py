"""Provide the teeth: those of the still if it shows them, or else painted ones.

A gap between the lips does not always show teeth: only pixels that are brighter and less red than
the lips are taken from the still.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import BLACK, to_yuv
from gpu_worker.engines.animate.fields import step
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.subject import Subject

Floats = npt.NDArray[np.float32]

LEFT, TOP, RIGHT, BOTTOM = -0.75, -0.35, 0.75, 0.45
"""The area of a layer, in mouth units from the centre of the lips."""
DENSITY = 160
ENAMEL = (240, 229, 212)


@dataclass(frozen=True)
class Row:
    """Half a row of painted teeth, from the middle outwards, in mouth units."""

    widths: tuple[float, ...]
    short: tuple[float, ...]
    """How much shorter each tooth is than the longest."""
    bow: float


UPPER = Row((0.162, 0.124, 0.126, 0.10, 0.09), (0.0, 0.010, 0.003, 0.012, 0.018), 0.12)
LOWER = Row((0.100, 0.108, 0.115, 0.10, 0.09), (0.004, 0.0, 0.002, 0.010, 0.016), 0.14)


@dataclass(frozen=True)
class Layer:
    """A picture in mouth units: colours without black, and their opacity."""

    colour: Floats
    cover: Floats


@dataclass(frozen=True)
class Teeth:
    upper: Layer
    lower: Layer
    own: bool
    """Whether the upper ones come from the still."""


def find_teeth(subject: Subject, lips: Lips) -> Teeth:
    ink = paint(ENAMEL, subject)
    ink = ink * min(1.0, subject.brightest() / max(float(ink[0]), 1.0))
    lower = _painted(LOWER, 0.82 * ink, subject.sides(), upwards=True)
    if _shows_teeth(subject, lips):
        return Teeth(_own(subject, lips), lower, own=True)
    return Teeth(_painted(UPPER, ink, subject.sides(), upwards=False), lower, own=False)


def paint(rgb: tuple[int, int, int], subject: Subject) -> Floats:
    """Return a colour, without black, in the light and colours of this picture."""
    colour = (to_yuv(np.array(rgb) * subject.tint()) - BLACK) * subject.lum()
    tinted: Floats = colour * np.array([1, subject.colourful(), subject.colourful()], np.float32)
    return tinted


def _shows_teeth(subject: Subject, lips: Lips) -> bool:
    """Return whether the area between the lips is bright and pale enough to be teeth."""
    if float(lips.gap[5]) < 0.045:
        return False
    lab = cv2.cvtColor(subject.image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    inner, lip = _inside_mask(subject), _lip_mask(subject)
    inner = cv2.erode(inner, np.ones((3, 3), np.uint8))
    if not inner.any() or not lip.any():
        return False
    teeth, flesh = np.median(lab[inner > 0], axis=0), np.median(lab[lip > 0], axis=0)
    bright = np.percentile(lab[inner > 0][:, 0], 70) > flesh[0] + 8
    paler = teeth[1] < flesh[1] - 3 or subject.colourful() < 0.2
    return bool(bright and paler)


def _inside_mask(subject: Subject) -> npt.NDArray[np.uint8]:
    ring = [*at.UPPER_INNER, *reversed(at.LOWER_INNER[1:-1])]
    return _polygon(subject, ring)


def _lip_mask(subject: Subject) -> npt.NDArray[np.uint8]:
    ring = [*at.UPPER_OUTER, *reversed(at.LOWER_OUTER[1:-1])]
    near = cv2.dilate(_inside_mask(subject), np.ones((3, 3), np.uint8))
    lips: npt.NDArray[np.uint8] = _polygon(subject, ring) & ~near
    return lips


def _polygon(subject: Subject, ring: list[int]) -> npt.NDArray[np.uint8]:
    mask = np.zeros(subject.image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [subject.points[ring, :2].round().astype(np.int32)], 255)
    return mask


def _canvas() -> tuple[Floats, Floats]:
    x = np.arange(LEFT, RIGHT, 1 / DENSITY, dtype=np.float32)
    y = np.arange(TOP, BOTTOM, 1 / DENSITY, dtype=np.float32)
    xs, ys = np.meshgrid(x, y)
    return xs, ys


def _own(subject: Subject, lips: Lips) -> Layer:
    """Return the mouth of the still, from lip to lip."""
    xs, ys = _canvas()
    at_x = lips.centre[0] + (xs * lips.across[0] + ys * lips.down[0]) * lips.unit
    at_y = lips.centre[1] + (xs * lips.across[1] + ys * lips.down[1]) * lips.unit
    pixels = cv2.remap(subject.image, at_x, at_y, cv2.INTER_CUBIC)
    seam = np.interp(xs, lips.seam_x, lips.seam_y)
    gap = lips.gap_at(xs)
    # From the edge of the upper lip, which will hide it, to just above the lower one.
    below_upper = ys - (seam - lips.upper_share * gap)
    above_lower = seam + (1 - lips.upper_share) * gap - ys
    cover = step(below_upper, 0.0, 0.012) * step(above_lower, 0.008, 0.035)
    inside = step(xs, lips.corners[0] + 0.02, lips.corners[0] + 0.12) * step(
        -xs, -lips.corners[1] + 0.02, -lips.corners[1] + 0.12
    )
    # Teeth continue behind the upper lip: repeat their upper edge there.
    return Layer(_filled_up(to_yuv(pixels) - BLACK, below_upper), _up(cover * inside, below_upper))


def _filled_up(colour: Floats, below_upper: Floats) -> Floats:
    """Continue the first visible colour of each column upwards."""
    rows = np.argmax(below_upper > 0.018, axis=0)
    up = np.arange(colour.shape[0])[:, None] < rows
    first = colour[rows, np.arange(colour.shape[1])]
    filled: Floats = np.where(up[..., None], first[None] * 0.92, colour).astype(np.float32)
    return filled


def _up(cover: Floats, below_upper: Floats) -> Floats:
    rows = np.argmax(below_upper > 0.018, axis=0)
    up = np.arange(cover.shape[0])[:, None] < rows
    first = cover[rows, np.arange(cover.shape[1])]
    filled: Floats = np.where(up, first[None], cover).astype(np.float32)
    return filled


def _painted(row: Row, ink: Floats, sides: tuple[float, float], *, upwards: bool) -> Layer:
    """Paint a row of upper or lower teeth with their edges at y = 0."""
    xs, ys = _canvas()
    depth = -ys if not upwards else ys
    light, cover = np.zeros_like(xs), np.zeros_like(xs)
    right = 0.0
    for width, short in zip(row.widths, row.short, strict=True):
        middle, right = right + width / 2, right + width
        across = (np.abs(xs) - middle) / (width / 2)
        here = np.abs(across) <= 1.0
        # A free edge is round at its corners, more so on the side away from the middle;
        # the whole row is curved as the jaw is.
        corner = 0.012 * np.abs(across) ** 5 + 0.008 * np.clip(across, 0, 1) ** 3
        edge = 0.006 + short + corner + row.bow * middle**2
        tooth = here * step(depth, edge - 0.008, edge + 0.012)
        light = np.where(here, _enamel(across, depth - edge, middle), light)
        cover = np.maximum(cover, tooth)
    light = light * np.interp(xs, [-0.4, 0.4], sides)
    colour = cv2.GaussianBlur((light[..., None] * ink).astype(np.float32), (0, 0), 0.9)
    return Layer(colour, cv2.GaussianBlur(cover.astype(np.float32), (0, 0), 1.1))


def _enamel(across: Floats, depth: Floats, middle: float) -> Floats:
    """Return the brightness of a tooth: rounded, darker at its neighbours and thin edge."""
    body = 1 - 0.10 * (across + 0.15) ** 2 - 0.24 * step(np.abs(across), 0.84, 1.0)
    edge = 0.86 + 0.14 * step(depth, 0.0, 0.035)
    root = 1 - 0.16 * step(depth, 0.10, 0.20)
    back = np.exp(-((middle / 0.42) ** 2))
    lit: Floats = (body * edge * root * back).astype(np.float32)
    return lit
