"""Items of libraries, added as rows where it is not the question how a file is checked."""

from __future__ import annotations

import os
from typing import Any, Final

from tests.web.people import Person
from web.db.engine import reading, writing
from web.examinations.verdicts import PENDING
from web.images import listing
from web.images.models import APPROVED, LibraryItem
from web.services import current_services
from web.sessions.models import UserSession
from web.uploads.candidate import Kind

TYPES: Final = {"face": ("image/png", "image/jpeg"), "voice": ("audio/wav", "image/png")}


def keep(person: Person, kind: Kind = "face") -> dict[str, Any]:
    """Add an item of a user and return what the API says of it."""
    return keep_for(f"user:{person.user_id}", kind)


def keep_for_visitor(kind: Kind = "face") -> dict[str, Any]:
    """Add an item of the visitor who has opened the only session."""
    with reading() as db:
        (owner,) = {session.owner for session in db.query(UserSession)}
    return keep_for(owner, kind)


def keep_for(owner: str, kind: Kind) -> dict[str, Any]:
    artifacts = current_services().artifacts
    blob, preview = (artifacts.put_bytes(os.urandom(500), one) for one in TYPES[kind])
    item = LibraryItem(
        owner=owner,
        kind=kind,
        name="Me",
        original_name="me",
        source_sha256=blob.sha256,
        sha256=blob.sha256,
        bytes=blob.bytes,
        media_type=blob.media_type,
        preview_sha256=preview.sha256,
        preview_bytes=preview.bytes,
        preview_type=preview.media_type,
        moderation=APPROVED,
        verdict_state=PENDING,
    )
    with writing() as db:
        db.add(item)
        db.flush()
        db.refresh(item)
    return listing.entry(item)
