"""The library routes: an owner's jobs and uploads, whatever became of their sessions."""

from __future__ import annotations

from typing import Any

from web.access import scopes
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.jobs import delete_files
from web.api.schemas.jobs import JobReport
from web.api.schemas.library import (
    CancelRequested,
    CancelSearch,
    ChangeTitle,
    JobSearch,
    LibraryJob,
    LibraryJobs,
    LibraryUpload,
    LibraryUploads,
    UploadSearch,
)
from web.db.engine import reading
from web.jobs import library as listing
from web.jobs import report as reports
from web.jobs import submission
from web.jobs.library import Search
from web.services import current_services
from web.storage import references

library = Blueprint("library", __name__, description="The jobs and uploads of an owner.")


@library.get("/api/jobs")
@library.arguments(JobSearch, location="query")
@library.response(200, LibraryJobs)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "SESSION_NOT_FOUND")
@documented_errors(library, 422, "VALIDATION_FAILED")
def jobs(sent: dict[str, Any]) -> dict[str, Any]:
    """List your jobs, newest first, also those of ended sessions"""
    search = _search(sent)
    with reading() as db:
        page = listing.jobs(db, search)
        return {"jobs": listing.job_entries(db, page.rows), "next_cursor": page.next_cursor}


@library.post("/api/jobs/cancel")
@library.arguments(CancelSearch, required=False)
@library.response(202, CancelRequested)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "SESSION_NOT_FOUND")
@documented_errors(library, 422, "VALIDATION_FAILED")
def cancel_jobs(sent: dict[str, Any]) -> dict[str, Any]:
    """Cancel all your jobs that have not ended, or those of a session or state"""
    scope = scopes.of_request(None, sent.get("session_id"))
    state = sent.get("state")
    return {"jobs": submission.cancel_all(current_services(), scope.owner, scope.session, state)}


@library.get("/api/jobs/<job_id>")
@library.response(200, JobReport)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "JOB_NOT_FOUND")
def job(job_id: str) -> dict[str, Any]:
    """Get a job of your library"""
    with reading() as db:
        return reports.report(db, reports.find(db, job_id))


@library.patch("/api/jobs/<job_id>")
@library.arguments(ChangeTitle)
@library.response(200, LibraryJob)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "JOB_NOT_FOUND")
@documented_errors(library, 422, "VALIDATION_FAILED")
def rename_job(sent: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Change the title of a job"""
    listing.rename_job(job_id, sent["title"].strip())
    with reading() as db:
        return listing.job_entries(db, [reports.find(db, job_id)])[0]


@library.delete("/api/jobs/<job_id>")
@library.response(204)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "JOB_NOT_FOUND")
@documented_errors(library, 409, "JOB_OPEN")
def delete_job(job_id: str) -> None:
    """Delete the files of a finished job; it leaves the library"""
    delete_files(job_id)


@library.get("/api/uploads")
@library.arguments(UploadSearch, location="query")
@library.response(200, LibraryUploads)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "SESSION_NOT_FOUND")
@documented_errors(library, 422, "VALIDATION_FAILED")
def uploads(sent: dict[str, Any]) -> dict[str, Any]:
    """List your uploads, newest first, also those of ended sessions"""
    search = _search(sent)
    with reading() as db:
        page = listing.uploads(db, search)
        entries = [listing.upload_entry(upload) for upload in page.rows]
    return {"uploads": entries, "next_cursor": page.next_cursor}


@library.get("/api/uploads/<upload_id>")
@library.response(200, LibraryUpload)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "UPLOAD_NOT_FOUND")
def upload(upload_id: str) -> dict[str, Any]:
    """Get an upload of your library"""
    with reading() as db:
        return listing.upload_entry(listing.find_upload(db, upload_id))


@library.patch("/api/uploads/<upload_id>")
@library.arguments(ChangeTitle)
@library.response(200, LibraryUpload)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "UPLOAD_NOT_FOUND")
@documented_errors(library, 422, "VALIDATION_FAILED")
def rename_upload(sent: dict[str, Any], upload_id: str) -> dict[str, Any]:
    """Change the title of an upload"""
    listing.rename_upload(upload_id, sent["title"].strip())
    with reading() as db:
        return listing.upload_entry(listing.find_upload(db, upload_id))


@library.delete("/api/uploads/<upload_id>")
@library.response(204)
@documented_errors(library, 401, "SESSION_REQUIRED")
@documented_errors(library, 404, "UPLOAD_NOT_FOUND")
def delete_upload(upload_id: str) -> None:
    """Delete an upload; jobs that use it go on"""
    with reading() as db:
        listing.find_upload(db, upload_id)
    references.drop_upload(current_services(), upload_id)


def _search(sent: dict[str, Any]) -> Search:
    """Limit a search to what this request may list."""
    scope = scopes.of_request(sent.pop("owner", None), sent.pop("session_id", None))
    return Search(scope.owner, scope.session, **sent)
