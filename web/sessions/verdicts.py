"""The verdicts on uploads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tasks.domain.examination import Crop
from web.examinations.subjects import Subject
from web.examinations.verdicts import Verdicts
from web.sessions.models import CROP, Upload
from web.sessions.upload_reports import crop_name

_PREFIX: Final = "upload"


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


def _subject(upload: Upload) -> Subject:
    return Subject(f"{_PREFIX}:{upload.id}", upload.kind, upload.session_id, upload.blob)


of_uploads = Verdicts(_PREFIX, Upload, _subject, _crop_rows)
of_uploads.declare()
