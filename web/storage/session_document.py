"""Write `session_ID.json` into a session's directory: a readable copy of what the database has.

Each copy is written completely or not at all, and the product never reads it. Under the names of
the five subdirectories it lists what belongs to the session; the bytes themselves are in the
artifact store, under their digests.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob
from web.db.engine import reading
from web.jobs.models import Job
from web.services import Services
from web.sessions.directories import SessionDirectory, directory_of
from web.sessions.models import Output, Upload, UserSession

log = logging.getLogger(__name__)

ROWS_AT_ONCE: Final = 500


def write_session(services: Services, session_id: str) -> None:
    """Write the document of a session, unless its directory is gone."""
    directory = directory_of(services.settings, session_id)
    if not directory.exists:
        return
    with reading() as db:
        user_session = db.get(UserSession, session_id)
        if user_session is not None:
            document = _session(db, directory, user_session)
            write_json(directory, f"session_{session_id}.json", document)


def _session(db: Session, directory: SessionDirectory, user_session: UserSession) -> dict[str, Any]:
    working = select(Job.id).where(Job.session_id == user_session.id, Job.is_open)
    return {
        "session_id": user_session.id,
        "user_id": user_session.user_id,
        "state": "active" if user_session.ended_at is None else "ended",
        "created_at": user_session.created_at.isoformat(),
        "ended_at": user_session.ended_at and user_session.ended_at.isoformat(),
        "metadata": [n for n in directory.names("metadata") if n.startswith("job_")],
        "assets": _file_entries(db, Upload, user_session.id),
        "processing": sorted(db.scalars(working)),
        "output": _file_entries(db, Output, user_session.id),
        "temp": directory.names("temp"),
    }


def _file_entries(
    db: Session, table: type[Upload | Output], session_id: str
) -> Iterator[dict[str, Any]]:
    """Describe files by their names in the session and their keys in the artifact store.

    A session of a thousand jobs has tens of thousands: they are never all in memory.
    """
    columns = table.filename, table.kind, table.sha256, table.bytes, table.media_type
    mine = select(*columns).where(table.session_id == session_id)
    ordered = mine.order_by(table.created_at, table.filename)
    for row in db.execute(ordered.execution_options(yield_per=ROWS_AT_ONCE)):
        key = Blob(row.sha256, row.bytes, row.media_type).path
        yield {"filename": row.filename, "kind": row.kind, "key": key, "bytes": row.bytes}


def write_json(directory: SessionDirectory, name: str, document: dict[str, Any]) -> None:
    """Write a document; one that cannot be written (disk full, session just ended) is skipped."""
    try:
        directory.write("metadata", name, _lines(document))
    except OSError as error:
        log.warning(
            "session document not written", extra={"error": type(error).__name__, "file": name}
        )


def _lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield a document with a line for each field and for each entry of an iterator.

    json's own indentation is twenty times slower.
    """
    dump = partial(json.dumps, ensure_ascii=False)
    yield "{"
    for place, (name, value) in enumerate(document.items()):
        yield f"{',' if place else ''}\n {dump(name)}: "
        if isinstance(value, Iterator):
            entries = (f"{',' if row else ''}\n  {dump(entry)}" for row, entry in enumerate(value))
            yield "["
            yield from entries
            yield "]"
        else:
            yield dump(value)
    yield "\n}\n"
