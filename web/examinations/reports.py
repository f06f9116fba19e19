"""Describe verdicts as the API returns them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from tasks.domain.examination import Crop, ExaminedFace, Verdict
from tasks.domain.voices import SUGGESTION
from web.examinations.verdicts import UNAVAILABLE, HasVerdict
from web.services import current_services


def verdict_report(
    row: HasVerdict, addresses_of: Callable[[Crop], Mapping[str, str]]
) -> dict[str, Any]:
    """Describe the verdict on a file; its crops have the given addresses."""
    state = row.verdict_state or UNAVAILABLE
    if row.verdict is None:
        return {"examination": {"state": state}, "faces": []}
    verdict = Verdict.from_dict(row.verdict)
    return {
        "examination": {
            "state": state,
            "usable": verdict.usable,
            "error_code": verdict.code or None,
            "reason": verdict.reason or None,
            "face_index": verdict.chosen,
            "width": verdict.width or None,
            "height": verdict.height or None,
            "warnings": [asdict(warning) for warning in verdict.warnings],
            "crops": [{**_crop(crop), **addresses_of(crop)} for crop in verdict.crops],
            "sound": None if verdict.sound is None else asdict(verdict.sound),
        },
        "faces": [_face(face) for face in verdict.faces],
    }


def crop_stem(crop: Crop) -> str:
    """Name a crop among those of its picture.

    >>> from tasks.domain.artifact import Blob
    >>> crop_stem(Crop(0, "9:16", Blob("", 0, ""), 270, 480))
    '0-9x16'
    """
    return f"{crop.face_index}-{crop.aspect_ratio.replace(':', 'x')}"


def _crop(crop: Crop) -> dict[str, Any]:
    return {
        "face_index": crop.face_index,
        "aspect_ratio": crop.aspect_ratio,
        "width": crop.width,
        "height": crop.height,
        "notes": list(crop.notes),
    }


def _face(face: ExaminedFace) -> dict[str, Any]:
    return {
        "box": dict(zip(("left", "top", "width", "height"), face.box, strict=True)),
        "usable": face.usable,
        "error_code": face.code or None,
        "reason": face.reason or None,
        "quality": asdict(face.quality),
        "suggested_voice": _suggested_voice(face),
    }


def _suggested_voice(face: ExaminedFace) -> dict[str, Any] | None:
    """Describe the kind of voice that is suggested for a face; None if none is."""
    if not (face.voice_register and current_services().settings.examination.suggests_voices):
        return None
    return {"register": face.voice_register, "reason": SUGGESTION}
