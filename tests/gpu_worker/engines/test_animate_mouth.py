"""The painted mouth looks like the still around it, and an open one is shut by the jaw."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import BLACK, to_yuv
from gpu_worker.engines.animate.fields import build_fields
from gpu_worker.engines.animate.grid import Grid
from gpu_worker.engines.animate.interior import Interior, Opening
from gpu_worker.engines.animate.lips import Lips
from gpu_worker.engines.animate.person import movable
from gpu_worker.engines.animate.still_look import Look, without_folds
from gpu_worker.engines.animate.subject import Subject, read_subject
from tests.gpu_worker.engines import faces
from tests.gpu_worker.engines.animation import face_files

SIZE = (512, 512)


@cache
def person() -> Subject:
    return read_subject(face_files(faces.astronaut, SIZE), {"width": SIZE[0], "height": SIZE[1]})


def blurred(sigma: float) -> Subject:
    return replace(person(), image=cv2.GaussianBlur(person().image, (0, 0), sigma))


def painted(subject: Subject) -> np.ndarray:
    """Painted teeth and throat of an open mouth, without the still's own teeth."""
    lips = Lips.of(subject)
    closed = replace(lips, gap=np.zeros_like(lips.gap))
    x, y = lips.centre
    line = np.stack([np.linspace(x - 20, x + 20, 41), np.full(41, y)], -1).astype(np.float32)
    opening = Opening(line, line + np.float32([0, 14]), lips.centre, 0.2, 0.0)
    box = (int(x) - 14, int(y), int(x) + 15, int(y) + 14)
    return Interior(subject, closed, Look.of(subject)).paint(opening, box)


@pytest.mark.parametrize("sigma", [1.5, 2.5, 4.0])
def test_the_blur_of_a_still_is_recognised(sigma):
    # The portrait is enlarged, so that it is a little soft itself.
    own = Look.of(person()).blur
    assert own < 1.6
    assert Look.of(blurred(sigma)).blur == pytest.approx(np.hypot(own, sigma), rel=0.3)


def test_painted_teeth_are_as_soft_as_the_still():
    def sharpest(subject: Subject) -> float:
        return float(np.abs(np.diff(painted(subject)[..., 0], axis=0)).max())

    assert sharpest(blurred(4.0)) < 0.6 * sharpest(person())


@pytest.mark.parametrize("make", [faces.astronaut, faces.darker_skin, faces.black_and_white])
def test_painted_teeth_are_no_brighter_than_the_brightest_skin(make):
    files = face_files(make, SIZE)
    subject = read_subject(files, {"width": SIZE[0], "height": SIZE[1]})
    assert painted(subject)[..., 0].max() - BLACK[0] < 1.1 * subject.brightest()


def test_painted_teeth_have_the_grain_of_the_still():
    noise = np.random.default_rng(1).normal(0, 9, person().image.shape[:2])[..., None]
    grainy = replace(person(), image=np.clip(person().image + noise, 0, 255).astype(np.uint8))
    smooth, rough = (np.std(np.diff(painted(s)[8:12, :, 0])) for s in (person(), grainy))
    assert rough > smooth + 1


def test_the_folds_of_a_smile_become_softer_with_it():
    lips = Lips.of(person())
    eased = to_yuv(without_folds(person(), lips, lips.smile))[..., 0]
    still = to_yuv(person().image)[..., 0]
    line = person().points[list(at.SMILE_FOLDS[1][1:5]), :2].round().astype(int)
    reach = 6
    parts = [np.s_[y - reach : y + reach, x - reach : x + reach] for x, y in line]
    before, after = (np.mean([frame[part].std() for part in parts]) for frame in (still, eased))
    assert after < 0.9 * before
    assert (without_folds(person(), lips, 0.0) == person().image).all()


def test_a_wide_open_mouth_is_shut_by_the_jaw():
    subject = person()
    lips = Lips.of(subject)
    grid = Grid.over(subject.size, subject.eyes_apart)
    chin = subject.points[at.CHIN, :2]

    def chin_rises(gap: float) -> float:
        wide = replace(lips, gap=lips.gap * gap / lips.gap[5])
        fields = build_fields(subject, grid, wide, movable(subject, grid))
        from gpu_worker.engines.animate.fields import CONTROLS

        amounts = np.array([name == "close" for name in CONTROLS], np.float32)
        _, lower = fields.moved(amounts)
        return float(-grid.sample(lower, chin[None])[0, 1] / subject.unit)

    assert chin_rises(0.08) < 0.02
    assert chin_rises(0.35) > 0.1
