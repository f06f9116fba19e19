"""Judge every face of a picture before a job uses it, and cut what a video would show of it.

A face is judged by the checks of the face stage on the crop of a default job, so both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from gpu_worker.engine import CutCrop, Examined
from gpu_worker.engines.face import framing, geometry, picture, portrait, verdict
from gpu_worker.engines.face.cover import sharpness
from gpu_worker.engines.face.framing import Matrix
from gpu_worker.engines.face.models import FaceModels, Found, Points, Rgb
from gpu_worker.engines.face.portrait import Portrait
from gpu_worker.engines.face.voice_register import suggested_register
from tasks.domain.errors import CallsheetError, NoFace
from tasks.domain.examination import MOST_FACES, ExaminedFace, Quality, Verdict, Warned
from tasks.domain.job import ASPECT_RATIOS, JobOptions

CROPPED_FACES: Final = 4
"""The largest usable faces: crops are made of them, and voices suggested for them."""
CROP_SIDE: Final = 480
"""The longer side of the crops in pixels: they are previews."""
HEIGHTS: Final = (1080, 720, 480)
LARGEST: Final = (2160, 3840)
MOST_ENLARGED: Final = 1.5
"""A crop that is enlarged more than this looks soft."""
DARK, BRIGHT = 0.18, 0.9

WARNINGS: Final = {
    "bystanders": ("BYSTANDERS", "Smaller faces in the background will be ignored."),
    "extended": (
        "CROP_EXTENDED",
        "The picture is too narrow for the video, so its edges are continued out of focus.",
    ),
    "straightened": ("HEAD_TILTED", "The head is tilted and will be straightened."),
    "turned": ("HEAD_TURNED", "The face is turned slightly to the side."),
    "soft": ("OUT_OF_FOCUS", "The face is out of focus."),
    "upside_down": ("ROTATED", "The picture will be rotated upright."),
    "dark": ("TOO_DARK", "The face is dark. Better light gives a better video."),
    "bright": ("TOO_BRIGHT", "The face is overexposed. Softer light gives a better video."),
}


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture that is upright for the detector."""

    rgb: Rgb
    turns: int
    back: Matrix
    """Maps its points to the stored picture."""
    small: Rgb
    """The same, with no more pixels than previews need."""

    @property
    def size(self) -> tuple[int, int]:
        return self.rgb.shape[1], self.rgb.shape[0]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A face with what is not ideal of it, and its mesh in the upright picture."""

    face: ExaminedFace
    flags: tuple[str, ...]
    points: Points | None


def examine(models: FaceModels, source: Path, folder: Path) -> Examined:
    """Return the verdict on a picture; its crops are written to `folder`."""
    stored = picture.read_picture(source)
    small = portrait.reduced(stored)
    turns, portraits = portrait.find_portraits(models, stored, small)
    height, width = stored.shape[:2]
    rgb, small = (portrait.turned_by(one, turns) for one in (stored, small))
    back = _inverse(framing.quarter_turn(turns, width, height))
    seen = _Picture(rgb, turns, back, small)
    judged = _with_voices(seen, [_judge(models, seen, found) for found in portraits[:MOST_FACES]])
    result = Verdict(width=width, height=height, faces=tuple(one.face for one in judged))
    return Examined(_with_choice(result, portraits, judged), _crops(seen, judged, folder))


def _with_choice(
    result: Verdict, portraits: Sequence[Portrait], judged: Sequence[_Judged]
) -> Verdict:
    """Add what a job would say that names no face."""
    try:
        chosen = verdict.choose(portraits, {})
    except CallsheetError as refused:
        return replace(result, code=refused.code, reason=refused.user_message)
    one = judged[chosen]
    flags = (*one.flags, *(["bystanders"] if len(portraits) > 1 else []))
    warnings = [Warned(*WARNINGS[flag]) for flag in WARNINGS if flag in flags]
    if one.face.usable and one.face.quality.height < HEIGHTS[0]:
        warnings.insert(0, _few_pixels(one.face.quality.height))
    return replace(
        result,
        code=one.face.code,
        reason=one.face.reason,
        chosen=chosen,
        warnings=tuple(warnings) if one.face.usable else (),
    )


def _few_pixels(height: int) -> Warned:
    if not height:
        return Warned("FEW_PIXELS", "The face has few pixels and will look soft at every size.")
    return Warned(
        "FEW_PIXELS",
        f"The face has few pixels for {HEIGHTS[0]}p. It will look soft above {height}p.",
    )


def _judge(models: FaceModels, seen: _Picture, found: Portrait) -> _Judged:
    """Judge one face as the face stage does."""
    quality = Quality(score=round(found.box.score, 3), eyes=0.0)
    flags: tuple[str, ...] = ()
    code = reason = ""
    if found.points is not None:
        quality = replace(quality, **_measured(found.points))
    try:
        points = verdict.admit_size(found)
        frame = framing.frame_face(points, geometry.eye_line(points), seen.size, JobOptions().size)
        crop = framing.cut(seen.rgb, frame)
        level = _level_points(models, crop, framing.apply(frame.matrix, points[:, :2]))
        light = _light(crop, level)
        quality = replace(
            quality,
            height=_sharp_height(points, seen.size),
            yaw=round(geometry.pose(level).yaw, 1),
            pitch=round(geometry.pose(level).pitch, 1),
            sharpness=round(sharpness(crop, level), 4),
            light=round(light, 3),
        )
        found_flags = {
            "extended": frame.extended,
            "straightened": frame.turned,
            "upside_down": seen.turns != 0,
            "dark": light < DARK,
            "bright": light > BRIGHT,
        }
        flags = (
            *verdict.admit_view(models, crop, level),
            *(name for name, true in found_flags.items() if true),
        )
    except CallsheetError as refused:
        code, reason = refused.code, refused.user_message
    face = ExaminedFace(_stored_box(found.box, seen), code, reason, quality)
    return _Judged(face, flags, found.points)


def _with_voices(seen: _Picture, judged: list[_Judged]) -> list[_Judged]:
    """Suggest a kind of voice for the largest usable faces."""
    for at, one in _usable(judged):
        assert one.points is not None  # noqa: S101  a usable face has a mesh
        register = suggested_register(seen.rgb, one.points)
        judged[at] = replace(one, face=replace(one.face, voice_register=register))
    return judged


def _usable(judged: Sequence[_Judged]) -> list[tuple[int, _Judged]]:
    """Return the largest usable faces, with their places in the list."""
    return [(at, one) for at, one in enumerate(judged) if one.face.usable][:CROPPED_FACES]


def _measured(points: Points) -> dict[str, Any]:
    seen = geometry.pose(points)
    return {
        "eyes": round(geometry.interocular(points), 1),
        "yaw": round(seen.yaw, 1),
        "pitch": round(seen.pitch, 1),
        "roll": round(seen.roll, 1),
    }


def _level_points(models: FaceModels, crop: Rgb, expected: Matrix) -> Points:
    """Measure the mesh again on the level crop."""
    low, high = expected[:468].min(0), expected[:468].max(0)
    points = portrait.mesh_around(models, crop, (*low, *high), grow=1.7)
    if points is None:
        raise NoFace
    return points


def _sharp_height(points: Points, size: tuple[int, int]) -> int:
    """Return the largest offered height at which the crop is hardly enlarged; 0 for none."""
    frame = framing.frame_face(points, geometry.eye_line(points), size, LARGEST)
    most = MOST_ENLARGED * min(frame.width, frame.height)
    return next((height for height in HEIGHTS if height <= most), 0)


def _light(crop: Rgb, points: Points) -> float:
    """Return the mean brightness of the face, 0 to 1."""
    left, top, right, bottom = (round(at) for at in geometry.face_box(points))
    face = crop[max(0, top) : bottom, max(0, left) : right]
    return float(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).mean()) / 255 if face.size else 0.0


def _crops(seen: _Picture, judged: Sequence[_Judged], folder: Path) -> tuple[CutCrop, ...]:
    """Cut the largest usable faces for each aspect ratio."""
    return tuple(
        _crop(seen, index, one, aspect, folder)
        for index, one in _usable(judged)
        for aspect in ASPECT_RATIOS
    )


def _crop(seen: _Picture, index: int, one: _Judged, aspect: str, folder: Path) -> CutCrop:
    assert one.points is not None  # noqa: S101  a usable face has a mesh
    wide, high = ASPECT_RATIOS[aspect]
    scale = CROP_SIDE / max(wide, high)
    wanted = (round(wide * scale), round(high * scale))
    height, width = seen.small.shape[:2]
    points = one.points * (width / seen.size[0])
    frame = framing.frame_face(points, geometry.eye_line(points), (width, height), wanted)
    path = folder / f"crop-{index}-{wide}x{high}.jpg"
    crop = cv2.cvtColor(framing.cut(seen.small, frame), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(path), crop, [cv2.IMWRITE_JPEG_QUALITY, 85])
    true = {
        "extended": frame.extended,
        "straightened": frame.turned,
        "upside_down": seen.turns != 0,
    }
    notes = tuple(name for name, is_so in true.items() if is_so)
    return CutCrop(index, aspect, path, frame.width, frame.height, notes)


def _stored_box(box: Found, seen: _Picture) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a face in the stored picture, within its edges."""
    corners = np.array([[box.x, box.y], [box.x + box.width, box.y + box.height]])
    at = framing.apply(seen.back, corners)
    width, height = seen.size if seen.turns % 2 == 0 else seen.size[::-1]
    low = np.clip(at.min(0), 0, (width, height))
    high = np.clip(at.max(0), 0, (width, height))
    left, top = (round(float(one), 1) for one in low)
    across, down = (round(float(one), 1) for one in high - low)
    return left, top, across, down


def _inverse(matrix: Matrix) -> Matrix:
    turn = np.linalg.inv(matrix[:, :2])
    inverse: Matrix = np.column_stack([turn, -turn @ matrix[:, 2]])
    return inverse
