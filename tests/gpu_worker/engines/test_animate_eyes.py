"""What eyes and head do: lids of skin, blinks and movement as people have them."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.colour import to_yuv
from gpu_worker.engines.animate.lids import find_lids
from gpu_worker.engines.animate.motion import idle_motion
from gpu_worker.engines.animate.painter import Painter
from gpu_worker.engines.animate.speech import Speech
from gpu_worker.engines.animate.subject import Subject, read_subject
from tests.gpu_worker.engines import faces
from tests.gpu_worker.engines.animation import face_files

SIZE = (512, 512)
FPS = 25


@cache
def subject(make) -> Subject:
    return read_subject(face_files(make, SIZE), {"width": SIZE[0], "height": SIZE[1]})


def drawn(painter: Painter, **controls: float) -> np.ndarray:
    """A frame in Y'CbCr, all planes at full size."""
    width, height = SIZE
    planes = np.frombuffer(painter.draw({"close": 1, **controls}), np.uint8)
    picture = cv2.cvtColor(planes.reshape(height * 3 // 2, width), cv2.COLOR_YUV2RGB_I420)
    return to_yuv(picture)


@pytest.mark.parametrize(
    "make", [faces.astronaut, faces.darker_skin, faces.side_lit, faces.black_and_white]
)
def test_a_closed_lid_has_the_colour_of_the_skin_around_it(make):
    person = subject(make)
    shut = drawn(Painter(person), blink=1)
    for upper, lower in (at.LEFT_EYE, at.RIGHT_EYE):
        top, bottom = person.points[upper[4], :2], person.points[lower[4], :2]
        wide = np.linalg.norm(person.points[upper[0], :2] - person.points[upper[8], :2])
        x, y = (0.55 * top + 0.45 * bottom).round().astype(int)
        lid = shut[y - 1 : y + 2, x - 4 : x + 5].reshape(-1, 3).mean(0)
        below = round(float(bottom[1] + 0.25 * wide))
        skin = shut[below - 2 : below + 3, x - 6 : x + 7].reshape(-1, 3).mean(0)
        assert np.abs(lid - skin)[0] < 0.2 * skin[0]
        assert np.abs(lid - skin)[1:].max() < 9


@pytest.mark.parametrize("make", [faces.astronaut, faces.admiral])
def test_a_lid_has_no_rim(make):
    """Nowhere above the eye is there an edge harder than those of the open eye."""
    person = subject(make)
    painter = Painter(person)
    opened, shut = drawn(painter)[..., 0], drawn(painter, blink=1)[..., 0]
    for lid in find_lids(person):
        wide, middle = lid.eye.wide, len(lid.eye.x) // 2
        x, y = int(lid.eye.x[middle]), int(lid.eye.upper[middle])
        part = np.s_[y - round(0.28 * wide) : y - round(0.02 * wide), x - 8 : x + 9]
        before, after = (np.abs(np.diff(frame[part], axis=0)).max() for frame in (opened, shut))
        assert after <= before + 4


def test_nothing_is_painted_over_the_frame_of_glasses():
    plain = subject(faces.astronaut)
    image = plain.image.copy()
    for upper, lower in (at.LEFT_EYE, at.RIGHT_EYE):
        wide = np.linalg.norm(plain.points[upper[0], :2] - plain.points[upper[8], :2])
        low = int(plain.points[lower[4], 1] + 0.10 * wide)
        left, right = (int(plain.points[upper[end], 0]) for end in (0, 8))
        bar = (left - int(wide), low), (right + int(wide), low + 3)
        cv2.rectangle(image, *bar, (20, 20, 25), -1)
    rimmed = Subject(image, plain.points, plain.mask)
    painter = Painter(rimmed)
    opened, shut = drawn(painter)[..., 0], drawn(painter, blink=1)[..., 0]
    for upper, lower in (at.LEFT_EYE, at.RIGHT_EYE):
        wide = np.linalg.norm(plain.points[upper[0], :2] - plain.points[upper[8], :2])
        low = int(plain.points[lower[4], 1] + 0.10 * wide)
        x = int(plain.points[upper[4], 0])
        bar = np.s_[low + 1 : low + 3, x - 10 : x + 11]
        assert np.abs(opened[bar] - shut[bar]).max() < 8


def test_an_eye_behind_hair_does_not_blink():
    plain = subject(faces.astronaut)
    mask = np.zeros(plain.image.shape[:2], np.uint8)
    x, y = plain.points[at.LEFT_IRIS, :2].astype(int)
    cv2.rectangle(mask, (x - 60, y - 40), (x - 2, y + 40), 255, -1)
    image = plain.image.copy()
    image[mask > 0] = (15, 12, 10)
    hidden = Subject(image, plain.points, plain.mask)
    lids = find_lids(hidden)
    assert not lids or min(lid.seen for lid in lids) > 0.75


def _speech(seconds: float, loud: float = 0.3) -> Speech:
    chance = np.random.default_rng(3)
    at_ = np.arange(round(seconds * 16000)) / 16000
    voice = loud * np.sin(2 * np.pi * 150 * at_) * (0.4 + np.abs(np.sin(2 * np.pi * 2.1 * at_)))
    return Speech((voice + 1e-4 * chance.standard_normal(len(at_))).astype(np.float32), 16000, ())


@cache
def _motion(seed: int) -> dict[str, np.ndarray]:
    return idle_motion(_speech(300), FPS, seed)


@pytest.mark.parametrize("seed", range(4))
def test_people_blink_as_often_and_as_long_as_people_do(seed):
    lids = _motion(seed)["blink"]
    shut = np.flatnonzero(np.diff((lids > 0.5).astype(int)) == 1)
    assert 12 <= len(shut) / 5 <= 26, "blinks a minute"
    gaps = np.diff(shut) / FPS
    assert gaps.std() / gaps.mean() > 0.35, "not by the clock"
    runs = np.split(lids, np.flatnonzero(np.diff((lids > 0).astype(int))) + 1)
    lasting = [len(run) / FPS for run in runs if run[0] > 0]
    assert 0.2 <= np.median(lasting) <= 0.45
    assert max(run.max() for run in runs if run[0] > 0) == 1
    assert min(run.max() for run in runs if run[0] > 0) > 0.9


@pytest.mark.parametrize("name", ["yaw", "pitch", "roll"])
def test_no_movement_of_the_head_repeats_within_a_minute(name):
    curve = _motion(1)[name] - _motion(1)[name].mean()
    window = 8 * FPS
    pieces = [curve[start : start + window] for start in range(0, 60 * FPS, 2 * FPS)]
    for first in range(0, len(pieces), 5):
        for second in range(first + 4, len(pieces)):
            assert np.corrcoef(pieces[first], pieces[second])[0, 1] < 0.97
    lags = [np.corrcoef(curve[:-lag], curve[lag:])[0, 1] for lag in range(4 * FPS, 60 * FPS, 5)]
    assert max(lags) < 0.45


def test_a_head_moves_more_while_it_speaks():
    def moves(speech: Speech) -> float:
        curves = [idle_motion(speech, FPS, seed)["yaw"] for seed in range(4)]
        return float(np.mean([np.abs(curve).mean() for curve in curves]))

    silent = Speech(np.zeros(20 * 16000, np.float32), 16000, ())
    assert moves(_speech(20)) > 1.6 * moves(silent)


def test_eyes_jump_and_hold():
    gaze = _motion(2)["gaze"] + 7.0 * _motion(2)["yaw"]
    steps = np.abs(np.diff(np.clip(gaze, -1, 1)))
    jumping = steps > 0.05
    assert jumping.mean() < 0.15
    assert steps[~jumping].max() < 0.051
    runs = np.split(jumping, np.flatnonzero(np.diff(jumping.astype(int))) + 1)
    assert np.median([len(run) for run in runs if run[0]]) <= 2
