"""Projects: from a sample video to a finished one."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, jsonify, request

from tasks.domain.errors import ValidationFailed
from web.access import guard, owners, presented, scopes
from web.api import chat_stream
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.event_schema import EVENT_STREAM
from web.api.multipart import FORM, received
from web.api.schemas.projects import (
    BODY,
    AnalysisStarted,
    ChangeProject,
    Chat,
    ChatAnswer,
    CreateProject,
    PlanReport,
    Project,
    Projects,
    PutPlan,
    RestorePlan,
    SearchProjects,
    SendMessage,
    UseUpload,
)
from web.db.engine import reading
from web.http.json_body import JsonBodies
from web.http.senders import sender
from web.jobs.models import Job
from web.projects import analysis, chat, files, plans, reports
from web.projects import projects as records
from web.projects.chat import Answer
from web.projects.projects import Keeper, Search
from web.services import current_services
from web.sessions import links as signing
from web.sessions.limits import require_upload_space
from web.uploads.validation import limit_of

projects = Blueprint("projects", __name__, description="Videos made after a sample video.")

PATH: Final = "/api/projects/<project_id>"
_REVISION: Final = re.compile(r'\s*(?:W/)?"?(\d{1,9})"?\s*')
_IF_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The revision that was changed, as in the `ETag` of `GET`.",
}


@projects.post("/api/projects")
@projects.arguments(CreateProject)
@projects.response(201, Project)
@documented_errors(projects, 401, "SESSION_REQUIRED", "LOGIN_REQUIRED")
@documented_errors(projects, 422, "VALIDATION_FAILED")
@documented_errors(projects, 429, "PROJECT_LIMIT", "RATE_LIMITED")
@documented_errors(projects, 503, "SESSION_LIMIT")
def create(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Create a project"""
    services = current_services()
    keeper = Keeper(scopes.require_library(), owners.organisation(), sender(services))
    project = records.create(services, keeper, sent)
    return _entry(project.id), HTTPStatus.CREATED, {"Location": f"/api/projects/{project.id}"}


@projects.get("/api/projects")
@projects.arguments(SearchProjects, location="query")
@projects.response(200, Projects)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 422, "VALIDATION_FAILED")
def find_all(sent: dict[str, Any]) -> dict[str, Any]:
    """List your projects, newest first"""
    owner = scopes.require_library(sent.pop("owner", None))
    with reading() as db:
        page = records.page(db, Search(owner, **sent))
        rows = [reports.entry(db, project) for project in page.rows]
    return {"projects": rows, "next_cursor": page.next_cursor}


@projects.get(PATH)
@projects.response(200, Project)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
def get(project_id: str) -> dict[str, Any]:
    """Get a project"""
    return _entry(project_id)


@projects.patch(PATH)
@projects.arguments(ChangeProject)
@projects.response(200, Project)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "VALIDATION_FAILED")
def change(sent: dict[str, Any], project_id: str) -> dict[str, Any]:
    """Change the name, language or longest length of a project"""
    records.change(project_id, sent)
    return _entry(project_id)


@projects.delete(PATH)
@projects.response(204)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
def remove(project_id: str) -> None:
    """Stop the work on a project and delete it with its files"""
    records.remove(current_services(), project_id)


def _upload_errors(view: Any) -> Any:
    for status, codes in (
        (401, ("SESSION_REQUIRED",)),
        (404, ("PROJECT_NOT_FOUND", "UPLOAD_NOT_FOUND")),
        (409, ("PROJECT_STATE",)),
        (410, ("PROJECT_EXPIRED",)),
        (413, ("QUOTA_EXCEEDED",)),
        (422, ("FILE_VALIDATION_FAILED", "VALIDATION_FAILED")),
        (503, ("NOT_READY",)),
    ):
        view = documented_errors(projects, status, *codes)(view)
    return projects.response(200, Project)(projects.doc(**BODY)(view))


@projects.post(f"{PATH}/upload-sample")
@_upload_errors
def upload_sample(project_id: str) -> dict[str, Any]:
    """Upload the sample video, or use a finished upload"""
    return _receive(project_id, files.SAMPLE)


@projects.post(f"{PATH}/upload-character")
@_upload_errors
def upload_character(project_id: str) -> dict[str, Any]:
    """Upload a picture of the character, or use a finished upload"""
    return _receive(project_id, files.CHARACTER)


@projects.post(f"{PATH}/upload-audio")
@_upload_errors
def upload_audio(project_id: str) -> dict[str, Any]:
    """Upload music, or a recording of a voice (`role`), or use a finished upload"""
    return _receive(project_id, files.MUSIC)


@projects.post(f"{PATH}/analyze")
@projects.response(202, AnalysisStarted)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "SAMPLE_MISSING", "PROJECT_STATE")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 429, "RATE_LIMITED")
def analyze(project_id: str) -> tuple[dict[str, Any], int]:
    """Analyse the sample; its plan follows"""
    job = analysis.start(current_services(), project_id)
    started = {"job_id": job.id, "status": "analyzing", "events": events_of(job)}
    return started, HTTPStatus.ACCEPTED


@projects.get(f"{PATH}/plan")
@projects.response(200, PlanReport)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PLAN_MISSING")
def get_plan(project_id: str) -> Response:
    """Get the plan, with the price that `generate` confirms"""
    return _plan(project_id)


@projects.put(f"{PATH}/plan")
@projects.doc(parameters=[_IF_MATCH])
@projects.arguments(PutPlan)
@projects.response(200, PlanReport)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PLAN_CHANGED", "PROJECT_STATE", "PLAN_MISSING")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "PLAN_INVALID", "VALIDATION_FAILED")
def put_plan(sent: dict[str, Any], project_id: str) -> Response:
    """Replace the plan by a changed one"""
    plan = plans.parse(sent["plan"])
    plans.put(project_id, plan, _expected())
    return _plan(project_id)


@projects.post(f"{PATH}/plan/regenerate")
@projects.response(200, PlanReport)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PROJECT_STATE", "PLAN_MISSING")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
def regenerate_plan(project_id: str) -> Response:
    """Plan the sample again"""
    plans.regenerate(current_services(), project_id)
    return _plan(project_id)


@projects.post(f"{PATH}/plan/restore")
@projects.arguments(RestorePlan)
@projects.response(200, PlanReport)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND", "REVISION_NOT_FOUND")
@documented_errors(projects, 409, "PROJECT_STATE")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "VALIDATION_FAILED")
def restore_plan(sent: dict[str, Any], project_id: str) -> Response:
    """Make an earlier revision of the plan the latest one"""
    plans.restore(project_id, sent["revision"])
    return _plan(project_id)


@projects.post(f"{PATH}/chat")
@projects.arguments(SendMessage)
@projects.response(200, ChatAnswer)
@projects.alt_response(200, schema=chat_stream.schema(), content_type=EVENT_STREAM)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PLAN_CHANGED", "PROJECT_STATE", "PLAN_MISSING", "CHAT_FULL")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "VALIDATION_FAILED")
def send_message(sent: dict[str, Any], project_id: str) -> dict[str, Any] | Response:
    """Say what to change of the plan; with `Accept: text/event-stream` as a stream"""
    services = current_services()
    most = services.settings.projects.chat_letters
    if len(sent["message"]) > most:
        message = f"At most {most} characters."
        raise ValidationFailed(errors=[{"field": "message", "message": message}])
    text = sent["message"]
    seen = chat.begin(services, project_id, sent.get("plan_revision"))
    if not chat_stream.is_wanted():
        return _answer(project_id, chat.answer(services, project_id, text, seen))

    def work() -> dict[str, Any]:
        answer = chat.answer(services, project_id, text, seen)
        return dict(ChatAnswer().dump(_answer(project_id, answer)))

    begun = {"project_id": project_id, "plan_revision": seen.revision}
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return chat_stream.stream(app, begun, work, presented.speaker())


@projects.get(f"{PATH}/chat")
@projects.response(200, Chat)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
def list_messages(project_id: str) -> dict[str, Any]:
    """List the messages of the chat"""
    with reading() as db:
        found = chat.messages(db, records.find(db, project_id))
    return {"messages": [chat.report(message) for message in found]}


# --- shared parts -------------------------------------------------------------------------


def _entry(project_id: str) -> dict[str, Any]:
    with reading() as db:
        return reports.entry(db, records.find(db, project_id))


def _plan(project_id: str) -> Response:
    with reading() as db:
        project = records.find(db, project_id)
        found = reports.plan(current_services(), db, project)
    response = jsonify(PlanReport().dump(found))
    response.set_etag(str(found["revision"]))
    return response


def _answer(project_id: str, answer: Answer) -> dict[str, Any]:
    with reading() as db:
        project = records.find(db, project_id)
        plan = plans.revision(db, project, answer.revision).plan
    return {
        "answer": chat.report(answer.message),
        "plan_revision": answer.revision,
        "changed": answer.changed,
        "plan": plan,
    }


def events_of(job: Job) -> str:
    return signing.signed_stream(f"/process/{job.id}/events", job.session_id)


def _expected() -> int:
    found = _REVISION.fullmatch(request.headers.get("If-Match", ""))
    if found is None:
        message = "Send the revision that you have changed, as in the `ETag` of the plan."
        raise ValidationFailed(errors=[{"field": "If-Match", "message": message}])
    return int(found[1])


def _receive(project_id: str, role: str) -> dict[str, Any]:
    """Use the file of this request, or the upload that it names."""
    services = current_services()
    require_upload_space(services)
    if request.mimetype != FORM:
        sent = JsonBodies().parse(UseUpload(), request, location="json")
        upload = guard.require_upload(sent.pop("upload_id"))
        files.adopt(project_id, _role(role, sent.pop("role", "")), upload, sent)
        return _entry(project_id)
    limit = limit_of(services.settings, files.KINDS[role])
    with received(services.settings.path("temp"), limit) as form:
        path, name = form.file("file")
        known: tuple[str, ...] = ("label", "subject")
        more = {key: form.fields[key][:200] for key in known if key in form.fields}
        files.receive(
            services,
            project_id,
            _role(role, form.fields.get("role", "")),
            path,
            name,
            sender=sender(services),
            more=more,
        )
    return _entry(project_id)


def _role(role: str, wanted: str) -> str:
    """Return what an upload is for: a recording is the music, or a voice."""
    return files.VOICE if role == files.MUSIC and wanted == "voice" else role
