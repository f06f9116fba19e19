"""Describe uploads as the API returns them, with the verdicts on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tasks.domain.examination import Crop, Verdict
from web.sessions.files import link, preview_name, signed_link
from web.sessions.models import UNAVAILABLE, Upload


def upload_report(upload: Upload) -> dict[str, Any]:
    """Describe an upload as the API returns it."""
    return {
        "session_id": upload.session_id,
        "upload_id": upload.id,
        "kind": upload.kind,
        "filename": upload.filename,
        "original_name": upload.original_name,
        "title": upload.title,
        "bytes": upload.bytes,
        "media_type": upload.media_type,
        "sha256": upload.sha256,
        "created_at": upload.created_at,
        "url": link(upload.session_id, upload.filename),
        "preview_url": link(upload.session_id, preview_name(upload.filename)),
        "scanned": upload.scanned,
        **_verdict_report(upload),
    }


def _verdict_report(upload: Upload) -> dict[str, Any]:
    state = upload.verdict_state or UNAVAILABLE
    if upload.verdict is None:
        return {"examination": {"state": state}, "faces": []}
    verdict = Verdict.from_dict(upload.verdict)
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
            "crops": [_crop_report(upload, crop) for crop in verdict.crops],
            "sound": None if verdict.sound is None else asdict(verdict.sound),
        },
        "faces": [
            {
                "box": dict(zip(("left", "top", "width", "height"), face.box, strict=True)),
                "usable": face.usable,
                "error_code": face.code or None,
                "reason": face.reason or None,
                "quality": asdict(face.quality),
            }
            for face in verdict.faces
        ],
    }


def _crop_report(upload: Upload, crop: Crop) -> dict[str, Any]:
    name = crop_name(upload.filename, crop)
    return {
        "face_index": crop.face_index,
        "aspect_ratio": crop.aspect_ratio,
        "width": crop.width,
        "height": crop.height,
        "notes": list(crop.notes),
        "url": link(upload.session_id, name),
        "signed_url": signed_link(upload.session_id, name),
    }


def crop_name(filename: str, crop: Crop) -> str:
    """Derive the file name of a crop of an upload."""
    stem = filename.rpartition(".")[0]
    return f"{stem}-crop-{crop.face_index}-{crop.aspect_ratio.replace(':', 'x')}.jpg"
