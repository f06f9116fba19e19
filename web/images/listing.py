"""Find, list and describe the pictures and recordings of an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import RequestError
from tasks.domain.examination import Crop
from web.db.engine import writing
from web.db.pages import Page, newest_first
from web.examinations.reports import crop_stem, verdict_report
from web.images import similar
from web.images.errors import ImageNotFound, VoiceNotFound
from web.images.models import LibraryItem
from web.sessions import links
from web.uploads.candidate import Kind

PATHS: Final[dict[str, str]] = {"face": "/api/images", "voice": "/api/voices"}


@dataclass(frozen=True, slots=True)
class Search:
    """Which items of an owner are listed, and which page of them."""

    owner: str
    kind: Kind
    moderation: str | None = None
    public: bool | None = None
    similar_to: str | None = None
    """The id of a picture; only its near-duplicates are listed."""
    created_after: datetime | None = None
    created_before: datetime | None = None
    q: str | None = None
    """Words in the name; upper and lower case are equal."""
    cursor: str | None = None
    limit: int = 50


def page(db: Session, search: Search) -> Page[LibraryItem]:
    """List the items of an owner, newest first."""
    query = select(LibraryItem).where(
        LibraryItem.owner == search.owner, LibraryItem.kind == search.kind
    )
    if search.moderation is not None:
        query = query.where(LibraryItem.moderation == search.moderation)
    if search.public is not None:
        # Not by `public_id`: SQLite would read all private ones by its unique index.
        private = LibraryItem.published_at.is_(None)
        query = query.where(LibraryItem.public_id.is_not(None) if search.public else private)
    if search.similar_to is not None:
        like = find(db, search.kind, search.similar_to, owner=search.owner)
        found = similar.ids(db, like)
        if not found:
            return Page([], None)
        query = query.where(LibraryItem.id.in_(found))
    if search.created_after is not None:
        query = query.where(LibraryItem.created_at >= search.created_after)
    if search.created_before is not None:
        query = query.where(LibraryItem.created_at < search.created_before)
    if search.q:
        query = query.where(LibraryItem.name.icontains(search.q, autoescape=True))
    return newest_first(db, query, LibraryItem, cursor=search.cursor, limit=search.limit)


def find(
    db: Session, kind: Kind, item_id: str, *, owner: str | None = None, lock: bool = False
) -> LibraryItem:
    """Find an item, of an owner if one is given; raises `ImageNotFound` or `VoiceNotFound`.

    With `lock`, no other transaction deletes it or starts a job with it before this one ends.
    """
    item = db.get(LibraryItem, item_id, with_for_update={"of": LibraryItem} if lock else None)
    if item is None or item.kind != kind or owner not in (None, item.owner):
        raise not_found(kind)
    return item


def not_found(kind: Kind) -> RequestError:
    """Return the error for an item that does not exist, or not for its caller."""
    return ImageNotFound() if kind == "face" else VoiceNotFound()


def rename(kind: Kind, item_id: str, name: str) -> LibraryItem:
    """Change the name of an item."""
    with writing() as db:
        item = find(db, kind, item_id)
        item.name = name
        return item


def of_owner(db: Session, owner: str, kind: Kind) -> list[LibraryItem]:
    """List all items of an owner, oldest first."""
    mine = LibraryItem.owner == owner, LibraryItem.kind == kind
    return list(db.scalars(select(LibraryItem).where(*mine).order_by(LibraryItem.created_at)))


def report(item: LibraryItem) -> dict[str, Any]:
    """Describe an item to its owner."""
    path = f"{PATHS[item.kind]}/{item.id}"
    return {
        "id": item.id,
        "name": item.name,
        "original_name": item.original_name,
        "bytes": item.bytes,
        "media_type": item.media_type,
        "sha256": item.sha256,
        "width": item.width,
        "height": item.height,
        "seconds": item.seconds,
        "exif": item.exif,
        "scanned": item.scanned,
        "moderation": item.moderation,
        "moderation_reason": item.review.reason if item.review else "",
        "appealed_at": item.review.appealed_at if item.review else None,
        "public_id": item.public_id,
        "public_url": f"/i/{item.public_id}" if item.public_id else None,
        "created_at": item.created_at,
        "used_at": item.used_at,
        "content_url": f"{path}/content",
        "thumbnail_url": f"{path}/thumbnail",
    }


def entry(item: LibraryItem) -> dict[str, Any]:
    """Describe an item with links that work where no header can be sent."""
    path = f"{PATHS[item.kind]}/{item.id}"
    return {
        **report(item),
        **verdict_report(item, lambda crop: _addresses(item, crop)),
        "signed_url": links.signed(f"{path}/content", item.owner),
        "signed_thumbnail_url": links.signed(f"{path}/thumbnail", item.owner),
    }


def _addresses(item: LibraryItem, crop: Crop) -> dict[str, str]:
    path = f"{PATHS[item.kind]}/{item.id}/crops/{crop_stem(crop)}"
    return {"url": path, "signed_url": links.signed(path, item.owner)}
