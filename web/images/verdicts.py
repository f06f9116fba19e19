"""The verdicts on pictures and recordings of libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from tasks.domain.errors import FileNotFound
from tasks.domain.examination import Crop, Verdict
from web.examinations.reports import crop_stem
from web.examinations.subjects import Subject
from web.examinations.verdicts import DONE, Verdicts
from web.images.models import LibraryCrop, LibraryItem
from web.sessions.models import Upload

_PREFIX: Final = "item"


def _crop_rows(item: LibraryItem, crops: Sequence[Crop]) -> list[LibraryCrop]:
    return [
        LibraryCrop(
            item_id=item.id,
            stem=crop_stem(crop),
            sha256=crop.blob.sha256,
            bytes=crop.blob.bytes,
            media_type=crop.blob.media_type,
        )
        for crop in crops
    ]


def _subject(item: LibraryItem) -> Subject:
    """Return the file of an item; no session hears of its verdict, because none has it."""
    return Subject(f"{_PREFIX}:{item.id}", item.kind, "", item.blob)


of_items = Verdicts(_PREFIX, LibraryItem, _subject, _crop_rows)
of_items.declare()


def copy(db: Session, upload: Upload, item: LibraryItem) -> None:
    """Give a stored item the verdict on the upload that it was made from, if there is one."""
    if upload.verdict_state == DONE and upload.verdict is not None:
        of_items.put(db, item, Verdict.from_dict(upload.verdict))


def find_crop(db: Session, item_id: str, stem: str) -> LibraryCrop:
    """Find a crop of a picture; raises `FileNotFound`."""
    crop = db.get(LibraryCrop, (item_id, stem))
    if crop is None:
        raise FileNotFound
    return crop
