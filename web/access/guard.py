"""Authorise every request to a session or a job before its view runs.

Job ids and session names appear in logs, task ids and Flower, so knowing one gives no access. Every
route with `session_id` or `job_id` in its address is guarded without code in the view. Sessions and
jobs of others get the same answer as unknown ones, before the rest of the request is parsed. Views
receive the session's name, never its id.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, current_app, request

from config import log_context
from tasks.domain.errors import CallsheetError, JobNotFound, SessionNotFoundError
from web.access import key_scopes, owners, presented, scopes, stream_sign_ins, tickets, viewers
from web.access.principal import REQUIREMENT, login_required
from web.batches.errors import BatchNotFound
from web.batches.models import Batch
from web.db.engine import reading
from web.errors import LinkInvalid, MethodNotAllowed, OwnerOnly, SessionRequired, TicketInvalid
from web.http.authentication import authenticated, is_optional
from web.http.operators import GUARD, is_operator
from web.http.origins import SAFE_METHODS
from web.images import listing
from web.images.models import PREFIXES, LibraryItem
from web.jobs.models import Job
from web.projects.errors import ProjectNotFound
from web.projects.models import VideoProject
from web.services import current_services
from web.sessions import links
from web.sessions.models import Upload
from web.sessions.signatures import named
from web.upload_errors import UploadNotFound
from web.uploads.candidate import Kind

_FIXED_PATHS: Final = "callsheet_fixed_paths"
_TEXTS: Final = ("application/json", "application/problem+json")


def register(app: Flask) -> None:
    """Guard an application, and show callers their session ids instead of names."""
    fixed = (rule.rule for rule in app.url_map.iter_rules() if not rule.arguments)
    app.extensions[_FIXED_PATHS] = frozenset(fixed)
    app.extensions[links.SIGN_IN_OF] = viewers.sign_in_of
    app.before_request(_authorise)
    app.after_request(_show_caller_ids)


def _authorise() -> None:
    view_args = request.view_args or {}
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "OPTIONS":
        return
    key_scopes.require()
    getattr(view, REQUIREMENT, _require_known)()
    if hasattr(view, GUARD):
        return  # routes for operators check the operator token and take names
    if "session_id" in view_args:
        view_args["session_id"] = _session_name(view_args["session_id"])
    elif "upload_id" in view_args:
        require_upload(view_args["upload_id"])
    _authorise_items(view_args)
    if "job_id" in view_args:
        if request.path in current_app.extensions[_FIXED_PATHS]:  # such as GET /process/start
            raise MethodNotAllowed(headers={"Allow": "POST"})
        require_job(view_args["job_id"])
        log_context.bind(job_id=view_args["job_id"])


def _require_known() -> None:
    """Require an account, a key or an operator for changes, if the setting says so."""
    if current_services().settings.accounts.auth != "required" or request.method in SAFE_METHODS:
        return
    if not (is_optional() or authenticated().is_authenticated):
        raise login_required()


def _session_name(given: str) -> str:
    """Return the session's name from its id, or from its name if the id is in a header."""
    if tickets.is_presented():
        ticket = tickets.used(current_services())
        if ticket.job_id is not None or named(given) != ticket.session:
            raise TicketInvalid
        return ticket.session
    if links.is_signed():
        name = named(given)
        _require_link(name)
        return name
    try:
        return presented.session(given)
    except SessionNotFoundError:
        if _header_opens(given) or owners.owns_session(given):
            return given
        raise


def require_job(job_id: str) -> Job:
    """Return a job that this request may use; raises like every route of a job."""
    with reading() as db:
        job = db.get(Job, job_id)
    if tickets.is_presented():
        if job is None or tickets.used(current_services()).job_id != job_id:
            raise TicketInvalid
        return job
    if links.is_signed():
        _require_link(job.session_id if job is not None else None)
    else:
        _require_owner(job, JobNotFound())
    if job is None:
        raise JobNotFound
    return job


def _require_link(session: str | None) -> None:
    """Require a link of this session whose sign-in has not ended."""
    links.require_valid(session)
    sign_in = links.sign_in()
    if sign_in and stream_sign_ins.is_over(sign_in):
        raise LinkInvalid


def require_job_owner(job_id: str) -> None:
    """Refuse callers who may use a job without owning it, such as operators."""
    with reading() as db:
        job = db.get(Job, job_id)
    if job is None:
        raise JobNotFound
    if links.is_signed() or tickets.is_presented():
        raise OwnerOnly
    if not _header_opens(job.session_id) and owners.of_request() != job.owner:
        raise OwnerOnly


def require_upload(upload_id: str) -> Upload:
    """Return an upload that this request may use; raises like every route of an upload."""
    with reading() as db:
        upload = db.get(Upload, upload_id)
    _require_owner(upload, UploadNotFound())
    if upload is None:
        raise UploadNotFound
    return upload


def require_own_project(project_id: str) -> None:
    """Require that a project belongs to the account of this request."""
    with reading() as db:
        project = db.get(VideoProject, project_id)
    if project is None or project.owner != authenticated().owner:
        raise ProjectNotFound


def _authorise_items(view_args: dict[str, str]) -> None:
    """Guard projects, batches, and what is in libraries; built-in voices are free."""
    if "project_id" in view_args:
        _require_project(view_args["project_id"])
    if "batch_id" in view_args:
        _require_batch(view_args["batch_id"])
    if "image_id" in view_args:
        _require_item("face", view_args["image_id"])
    elif view_args.get("voice_id", "").startswith(PREFIXES["voice"]):
        _require_item("voice", view_args["voice_id"])


def _require_project(project_id: str) -> None:
    """Require the owner of a project, or an operator; others get the answer of an unknown one."""
    with reading() as db:
        project = db.get(VideoProject, project_id)
    _require_library(project, ProjectNotFound())


def _require_batch(batch_id: str) -> None:
    """Require the owner of a batch, or an operator; others get the answer of an unknown one."""
    with reading() as db:
        batch = db.get(Batch, batch_id)
    _require_library(batch, BatchNotFound())


def _require_library(row: VideoProject | Batch | None, not_found: CallsheetError) -> None:
    owner = scopes.of_library()
    if row is not None and owner == row.owner:
        return
    if owner is None and presented.in_header() is None:
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    if row is None or not is_operator():
        raise not_found


def _require_item(kind: Kind, item_id: str) -> None:
    """Require the owner of a library's item, an operator, or a link that one of them has got."""
    with reading() as db:
        item = db.get(LibraryItem, item_id)
    if item is not None and item.kind != kind:
        item = None
    if links.is_signed():
        links.require_valid(item.owner if item is not None else None)
        return
    owner = scopes.of_library()
    if item is not None and owner == item.owner:
        return
    if owner is None and presented.in_header() is None:
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    if item is None or not is_operator():
        raise listing.not_found(kind)


def _require_owner(row: Job | Upload | None, not_found: CallsheetError) -> None:
    """Require the session or the owner of a row, or an operator."""
    if row is not None and _header_opens(row.session_id):
        return
    owner = owners.of_request()
    if row is not None and owner == row.owner:
        return
    if owner is None and presented.in_header() is None:
        raise SessionRequired(headers={"WWW-Authenticate": "Bearer"})
    if row is None or not is_operator():
        raise not_found


def _header_opens(name: str) -> bool:
    session_id = presented.in_header()
    if session_id is None:
        return False
    with reading() as db:
        if presented.opened(db, session_id) != name or not owners.id_opens(name):
            return False
    presented.noted(name, session_id)
    return True


def _show_caller_ids(response: Response) -> Response:
    """Replace session names by the caller's ids; streams do so where they are written."""
    if not presented.known_ids():
        return response
    location = response.headers.get("Location")
    if location is not None:
        response.headers["Location"] = presented.spoken(location)
    if response.mimetype in _TEXTS and not response.is_streamed:
        response.set_data(presented.spoken(response.get_data(as_text=True)))
    return response
