"""Describe uploads as the API returns them, with the verdicts on them."""

from __future__ import annotations

from typing import Any

from tasks.domain.examination import Crop
from web.examinations.reports import crop_stem, verdict_report
from web.sessions.files import link, preview_name, signed_link
from web.sessions.models import Upload


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
        **verdict_report(upload, lambda crop: _addresses(upload, crop)),
    }


def _addresses(upload: Upload, crop: Crop) -> dict[str, str]:
    name = crop_name(upload.filename, crop)
    return {
        "url": link(upload.session_id, name),
        "signed_url": signed_link(upload.session_id, name),
    }


def crop_name(filename: str, crop: Crop) -> str:
    """Derive the file name of a crop of an upload."""
    return f"{filename.rpartition('.')[0]}-crop-{crop_stem(crop)}.jpg"
