"""The library of an owner: its jobs and uploads, whatever became of their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from web.db.engine import writing
from web.db.pages import Page, newest_first
from web.images.models import LibraryItem
from web.jobs import queue, transitions
from web.jobs import report as reports
from web.jobs.models import Job
from web.sessions import files
from web.sessions.models import Output, Upload, UserSession
from web.sessions.upload_reports import upload_report
from web.upload_errors import UploadNotFound

OPEN: Final = "open"

_Table = TypeVar("_Table", type[Job], type[Upload])


@dataclass(frozen=True, slots=True)
class Search:
    """Which of an owner's jobs or uploads are listed, and which page of them."""

    owner: str
    session_id: str | None = None
    kind: str | None = None
    state: str | None = None
    """A state, or `open` for those that have not ended."""
    created_after: datetime | None = None
    created_before: datetime | None = None
    q: str | None = None
    """Words in the title; upper and lower case are equal."""
    expired: bool = False
    """Also jobs whose files were deleted."""
    cursor: str | None = None
    limit: int = 50


def jobs(db: Session, search: Search) -> Page[Job]:
    """List the jobs of an owner, newest first."""
    query = select(Job).where(*_conditions(Job, search))
    if search.state == OPEN:
        query = query.where(Job.is_open)
    elif search.state is not None:
        query = query.where(Job.state == search.state)
    if not search.expired:
        query = query.where(Job.expired_at.is_(None))
    return newest_first(db, query, Job, cursor=search.cursor, limit=search.limit)


def uploads(db: Session, search: Search) -> Page[Upload]:
    """List the uploads of an owner without their previews, newest first."""
    query = select(Upload).where(*_conditions(Upload, search), Upload.shows_id.is_(None))
    return newest_first(db, query, Upload, cursor=search.cursor, limit=search.limit)


def _conditions(table: _Table, search: Search) -> list[ColumnElement[bool]]:
    found = [table.owner == search.owner]
    if search.session_id is not None:
        found.append(table.session_id == search.session_id)
    if search.kind is not None:
        found.append(table.kind == search.kind)
    if search.created_after is not None:
        found.append(table.created_at >= search.created_after)
    if search.created_before is not None:
        found.append(table.created_at < search.created_before)
    if search.q:
        found.append(table.title.icontains(search.q, autoescape=True))
    return found


def job_entries(db: Session, listed: list[Job]) -> list[dict[str, Any]]:
    """Describe jobs with their outputs; one query finds the outputs of all of them."""
    made = select(Output).where(Output.job_id.in_([job.id for job in listed]))
    places = queue.positions(db) if any(job.is_waiting for job in listed) else {}
    faces = _face_previews(db, listed)
    outputs: dict[str, list[dict[str, Any]]] = {job.id: [] for job in listed}
    for output in db.scalars(made.order_by(Output.created_at, Output.filename)):
        outputs[output.job_id].append(files.listed(output))
    return [
        {
            **reports.summary(job),
            "kind": job.kind,
            "expires_at": reports.expiry(job),
            "language": _language(job),
            "queue_position": places.get(job.id),
            "signed_thumbnail_url": faces.get(_face_of(job)),
            "outputs": outputs[job.id],
        }
        for job in listed
    ]


def _face_of(job: Job) -> tuple[str, str]:
    """Return the session and the digest of a job's picture."""
    face = job.inputs.get("face") if isinstance(job.inputs, dict) else None
    return job.session_id, str(face.get("sha256", "")) if isinstance(face, dict) else ""


def _face_previews(db: Session, listed: list[Job]) -> dict[tuple[str, str], str]:
    """Sign links to the previews of the pictures of jobs, by session and digest."""
    wanted = {of for of in map(_face_of, listed) if of[1]}
    if not wanted:
        return {}
    shown = (
        select(Upload.session_id, Upload.sha256, Upload.filename)
        .where(Upload.session_id.in_({session for session, _ in wanted}), Upload.kind == "face")
        .where(Upload.sha256.in_({digest for _, digest in wanted}))
    )
    return {
        (session, digest): files.signed_link(session, files.preview_name(filename))
        for session, digest, filename in db.execute(shown)
    }


def _language(job: Job) -> str | None:
    """Get the language of a job's options; those of an external job are its caller's own."""
    options = job.options if isinstance(job.options, dict) else {}
    language = options.get("language")
    return language if isinstance(language, str) else None


def upload_entry(upload: Upload) -> dict[str, Any]:
    """Describe an upload with links that work where no header can be sent."""
    preview = files.preview_name(upload.filename)
    return {
        **upload_report(upload),
        "signed_url": files.signed_link(upload.session_id, upload.filename),
        "signed_preview_url": files.signed_link(upload.session_id, preview),
    }


def find_upload(db: Session, upload_id: str) -> Upload:
    """Find an upload; raises `UploadNotFound`."""
    upload = db.get(Upload, upload_id)
    if upload is None or upload.shows_id is not None:
        raise UploadNotFound
    return upload


def rename_job(job_id: str, title: str) -> None:
    """Change the title of a job."""
    with writing() as db:
        transitions.rename(reports.find(db, job_id), title)


def rename_upload(upload_id: str, title: str) -> None:
    """Change the title of an upload."""
    with writing() as db:
        find_upload(db, upload_id).title = title


def take_over(db: Session, from_owner: str, to_owner: str, org_id: str | None) -> None:
    """Give everything of one owner to another one, in the caller's transaction.

    A visitor who signs up or in keeps what the browser has made so far.
    """
    transitions.change_owner(db, from_owner, to_owner, org_id)
    for table in (UserSession, Upload, Output, LibraryItem):
        mine = update(table).where(table.owner == from_owner)
        db.execute(mine.values(owner=to_owner, org_id=org_id))
