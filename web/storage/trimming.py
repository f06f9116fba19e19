"""Replace a recording of a library by a part of it."""

from __future__ import annotations

from web.db.engine import reading, serialise_writers, writing
from web.examinations.verdicts import first_state
from web.images import listing, storing
from web.images.cutting import cut
from web.images.details import measure
from web.images.models import LibraryItem
from web.images.storing import Stored
from web.jobs.consent import require_consent
from web.services import Services
from web.storage.references import delete_unreferenced
from web.uploads.candidate import Trim


def trim(
    services: Services, item_id: str, part: Trim, *, sender: str, name: str | None = None
) -> LibraryItem:
    """Keep a part of a recording only, under its id; it is judged again.

    Jobs that have started keep the recording as it was.
    """
    with reading() as db:
        before = listing.find(db, "voice", item_id)
        require_consent(db, before)
    with cut(services, before.blob, part, sender) as clean:
        details = measure("voice", clean.path, clean.path.parent)
        files = ((clean.path, clean.media_type), (clean.preview, clean.preview_type))
        blob, preview = (services.artifacts.put_file(*file, always=True) for file in files)
        with writing() as db:
            serialise_writers(db)
            item = listing.find(db, "voice", item_id, lock=True)
            replaced = [one for one in (item.blob, item.preview) if one not in (blob, preview)]
            if item.sha256 != blob.sha256:
                item.cut_from = [*(item.cut_from or ()), item.sha256]
            item.sha256 = item.source_sha256 = blob.sha256
            item.bytes, item.seconds = blob.bytes, details.seconds
            item.preview_sha256, item.preview_bytes = preview.sha256, preview.bytes
            item.name = item.name if name is None else name
            item.verdict, item.verdict_requests = None, 0
            item.verdict_state = first_state(services)
            db.flush()
            delete_unreferenced(services, db, replaced)
        for file in files:
            # If the last other reference was deleted meanwhile, the bytes are gone.
            services.artifacts.put_file(*file)
    return storing.examined(services, Stored(item, is_new=True)).item
