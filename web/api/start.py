"""The headers and the response that all routes that start jobs share."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app, jsonify, request

from tasks.domain.artifact import digest
from tasks.domain.errors import ValidationFailed
from tasks.domain.job import JobOptions
from web.access.principal import require_account
from web.api.schemas.jobs import JobReport, JobStarted
from web.db.engine import reading
from web.http.senders import sender_address
from web.jobs import idempotency
from web.jobs import report as reports
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.models import CLIP
from web.jobs.submission import Submission, WithJob
from web.jobs.suggestions import suggested_voice
from web.jobs.waiting import preferred, until_ended
from web.jobs.warnings import of_options, of_picture, verdict_of
from web.providers import clips
from web.providers.choosing import ClipRequest
from web.services import current_services
from web.webhooks import registry, signing

HEADERS: Final = [
    {
        "in": "header",
        "name": idempotency.HEADER,
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        "description": "A repeated request with the same key answers with the first job. "
        "Keys belong to a session or an API key.",
    },
    {
        "in": "header",
        "name": "Prefer",
        "schema": {"type": "string"},
        "description": "`wait=N`: wait up to N seconds for the job's end, then answer 200.",
    },
]
"""The headers' description in the OpenAPI document."""
_STARTED: Final = JobStarted()
"""Made once: to make one costs more than to use it."""


def idempotency_request(
    scope: str | None, options: JobOptions | ClipRequest, *more: Any
) -> IdempotencyRequest | None:
    """Return the request's idempotency key, within the scope that the caller has proved."""
    key = idempotency.key(request.headers.get(idempotency.HEADER))
    if not key:
        return None
    if scope is None:
        message = "Send it with X-Session-ID or an API key."
        raise ValidationFailed(errors=[{"field": idempotency.HEADER, "message": message}])
    return IdempotencyRequest(scope, key, digest([_described(options), *more]))


def _described(options: JobOptions | ClipRequest) -> dict[str, Any]:
    return options.to_dict() if isinstance(options, JobOptions) else options.to_options()


def webhook_of_job(url: str) -> WithJob:
    """Check a `webhook_url`, and return what adds it to the transaction that starts the job."""
    services, user_id = current_services(), str(require_account().user_id)
    with reading() as db:
        registry.require_allowed(services, db, user_id, url)
    return lambda db, job: registry.create_for_job(db, services, user_id, job.id, url)


def started_response(taken: Submission, *, has_webhook: bool = False) -> Response:
    """Build the 202 response with links, or 200 with the job if the caller waited for its end."""
    seconds = preferred(request.headers.get("Prefer"))
    hub = current_app.extensions["hub"] if seconds else None
    ended = hub is not None and until_ended(hub, taken.job, seconds, sender_address())
    response = jsonify(_report(taken.job.id) if ended else _started_body(taken, has_webhook))
    response.status_code = 200 if ended else 202
    response.headers["Location"] = f"/process/{taken.job.id}"
    if seconds:
        response.headers["Preference-Applied"] = f"wait={seconds}"
    if taken.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _report(job_id: str) -> Any:
    with reading() as db:
        return JobReport().dump(reports.report(db, reports.find(db, job_id)))


def _started_body(taken: Submission, has_webhook: bool) -> Any:
    job = taken.job
    return _STARTED.dump(
        ({"webhook": _webhook(job.id)} if has_webhook else {})
        | {
            "job_id": job.id,
            "session_id": job.session_id,
            "state": job.state,
            "links": reports.links(job),
            "warnings": _warnings(taken),
            "suggested_voice": _suggested_voice(taken),
        }
    )


def _warnings(taken: Submission) -> list[dict[str, Any]]:
    job = taken.job
    if job.kind == CLIP:
        with reading() as db:
            return clips.warnings(db, job)
    options, verdict = JobOptions(**job.options), taken.picture
    if taken.repeated:
        with reading() as db:
            verdict = verdict_of(db, job)
    engines = of_options(current_services(), options, taken.alive)
    return [*engines, *of_picture(verdict, options)]


def _suggested_voice(taken: Submission) -> dict[str, Any] | None:
    job = taken.job
    if job.kind == CLIP:
        return None
    verdict = taken.suggests
    if taken.repeated:
        with reading() as db:
            verdict = verdict_of(db, job)
    options = JobOptions(**job.options)
    return suggested_voice(current_services(), options, verdict, taken.alive)


def _webhook(job_id: str) -> dict[str, str]:
    """Describe the webhook of a job; a repeated request gets the same."""
    services = current_services()
    with reading() as db:
        row = registry.of_job(db, job_id)
        keys = signing.secrets_of(services, row) if row is not None else []
    return {"id": row.id, "secret": keys[0]} if row is not None and keys else {}
