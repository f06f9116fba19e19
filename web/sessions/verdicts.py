"""The verdicts on uploads."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.domain.examination import Crop
from web.examinations.verdicts import Verdicts
from web.sessions.models import CROP, Upload
from web.sessions.upload_reports import crop_name


def _crop_rows(upload: Upload, crops: Sequence[Crop]) -> list[Upload]:
    return [
        Upload(
            session_id=upload.session_id,
            owner=upload.owner,
            org_id=upload.org_id,
            kind=CROP,
            filename=crop_name(upload.filename, crop),
            shows_id=upload.id,
            scanned=upload.scanned,
            sha256=crop.blob.sha256,
            bytes=crop.blob.bytes,
            media_type=crop.blob.media_type,
        )
        for crop in crops
    ]


def _session(upload: Upload) -> str:
    return upload.session_id


of_uploads = Verdicts("upload", Upload, _session, _crop_rows)
of_uploads.declare()
