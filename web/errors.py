"""Errors that only the control plane raises; the others are in `tasks.domain.errors`."""

from __future__ import annotations

from tasks.domain.errors import CallsheetError, RequestError
from web import upload_errors  # noqa: F401  completes the tree


class RouteNotFound(RequestError):
    """This address does not exist."""

    code = "NOT_FOUND"
    status = 404


class WorkerNotFound(RequestError):
    """No running worker has this name."""

    code = "WORKER_NOT_FOUND"
    status = 404


class VoiceSampleNotFound(RequestError):
    """There is no voice with this id, or it has no sample."""

    code = "VOICE_SAMPLE_NOT_FOUND"
    status = 404


class PreviewNotFound(RequestError):
    """There is no preview with this id, or it is not yours."""

    code = "PREVIEW_NOT_FOUND"
    status = 404


class PreviewFailed(RequestError):
    """The scene could not be spoken. Change its text or choose another voice."""

    code = "PREVIEW_FAILED"
    status = 409


class DeadLetterNotFound(RequestError):
    """This dead letter does not exist."""

    code = "DEAD_LETTER_NOT_FOUND"
    status = 404


class DeadLetterIncomplete(RequestError):
    """This dead letter was too large to store in full, so it cannot be retried."""

    code = "DEAD_LETTER_INCOMPLETE"
    status = 409


class SessionRequired(RequestError):
    """Send the session id in the X-Session-ID header or as Authorization: Bearer."""

    code = "SESSION_REQUIRED"
    status = 401


class LinkInvalid(RequestError):
    """This link is not valid or has expired. Ask for a new one."""

    code = "LINK_INVALID"
    status = 401


class TicketInvalid(RequestError):
    """This ticket is not valid, was used or has expired. Ask for a new one."""

    code = "TICKET_INVALID"
    status = 401


class EventsGone(RequestError):
    """Earlier events are no longer kept here. Open the stream at the API's own address."""

    code = "EVENTS_GONE"
    status = 410


class MethodNotAllowed(RequestError):
    """This address does not support this method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class RequestTooSlow(RequestError):
    """The request is incomplete. Send it again."""

    code = "REQUEST_INCOMPLETE"
    status = 408
    retryable = True


class PreconditionUnmet(RequestError):
    """The file does not match `If-Match`. Load it again."""

    code = "PRECONDITION_FAILED"
    status = 412


class RequestTooLarge(RequestError):
    """The request is too large for this address."""

    code = "REQUEST_TOO_LARGE"
    status = 413


class MediaTypeUnsupported(RequestError):
    """This address does not support the content type of the request."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class WebSocketRequired(RequestError):
    """This address accepts WebSocket connections only."""

    code = "WEBSOCKET_REQUIRED"
    status = 426


class OriginRefused(RequestError):
    """Pages of this origin may not connect. Ask the operator to add it to CORS_ORIGINS."""

    code = "ORIGIN_NOT_ALLOWED"
    status = 403


class RangeUnsatisfiable(RequestError):
    """The requested range is outside the file."""

    code = "RANGE_NOT_SATISFIABLE"
    status = 416


class SessionEnded(RequestError):
    """The session has ended. Open a new session for new work."""

    code = "SESSION_EXPIRED"
    status = 410


class JobRunning(RequestError):
    """The job has not ended yet. Wait for its end."""

    code = "JOB_RUNNING"
    status = 409


class OwnerOnly(RequestError):
    """Only the owner of a job may do this."""

    code = "OWNER_ONLY"
    status = 403


class JobOpen(RequestError):
    """The job has not ended yet. Cancel it first."""

    code = "JOB_OPEN"
    status = 409


class IdempotencyMismatch(RequestError):
    """This Idempotency-Key was already used for another request. Use a new one."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422


class IdempotencyConflict(RequestError):
    """The first request with this Idempotency-Key is still in progress. Try again in a moment."""

    code = "IDEMPOTENCY_KEY_IN_USE"
    status = 409
    retryable = True


class JobNotOurs(RequestError):
    """This operation does not support this kind of job."""

    code = "JOB_KIND_MISMATCH"
    status = 409


class SessionLimit(CallsheetError):
    """The server is full. Try again in a few minutes."""

    code = "SESSION_LIMIT"
    status = 503
    retryable = True


class QuotaExceeded(RequestError):
    """Session storage is full. Delete files or end the session."""

    code = "QUOTA_EXCEEDED"
    status = 413


class ScanUnavailable(CallsheetError):
    """The virus scanner is unavailable. Send the file again in a few minutes."""

    code = "SCAN_UNAVAILABLE"
    status = 503
    retryable = True


class StorageFull(CallsheetError):
    """The server has no space for new files. Try again later."""

    code = "STORAGE_FULL"
    status = 507
    retryable = True


class ServerFull(CallsheetError):
    """The server has no space for new jobs. Try again later."""

    code = "SERVER_FULL"
    status = 503
    retryable = True


class HealthCheckFailed(CallsheetError):
    """The health check failed."""

    code = "HEALTH_CHECK_FAILED"


class OperatorsOnly(RequestError):
    """Only operators may use this address. Send the operator token."""

    code = "OPERATORS_ONLY"
    status = 403


class AdminsOnly(RequestError):
    """Only administrators may use this address."""

    code = "ADMINS_ONLY"
    status = 403


class OperatorLinkExpired(RequestError):
    """This link has been used or has expired. Create a new one with `callsheet operate`."""

    code = "OPERATOR_LINK_EXPIRED"
    status = 403


class TooManyRequests(RequestError):
    """Too many requests. Wait a moment and try again."""

    code = "TOO_MANY_REQUESTS"
    status = 429
    retryable = True


class ApiKeyUnknown(RequestError):
    """Invalid API key."""

    code = "API_KEY_UNKNOWN"
    status = 401


class AccountsOff(RequestError):
    """This server has no accounts."""

    code = "ACCOUNTS_OFF"
    status = 404


class LoginRequired(RequestError):
    """Sign in, or send an API key."""

    code = "LOGIN_REQUIRED"
    status = 401


class LoginFailed(RequestError):
    """The email address or the password is wrong."""

    code = "LOGIN_FAILED"
    status = 401


class TokenInvalid(RequestError):
    """The access token is not valid. Sign in again."""

    code = "TOKEN_INVALID"
    status = 401


class TokenExpired(RequestError):
    """The access token has expired. Refresh it or sign in again."""

    code = "TOKEN_EXPIRED"
    status = 401


class AccountSuspended(RequestError):
    """This account is suspended. Contact the operator of this server."""

    code = "ACCOUNT_SUSPENDED"
    status = 403


class JobFilesDeleted(RequestError):
    """The picture or recording of this job was deleted. Start a new job with another one."""

    code = "JOB_FILES_DELETED"
    status = 409


class ConsentWithdrawn(RequestError):
    """The person shown has withdrawn their consent. These files are no longer available."""

    code = "CONSENT_WITHDRAWN"
    status = 451


class ConsentNotFound(RequestError):
    """There is no such consent."""

    code = "CONSENT_NOT_FOUND"
    status = 404


class ConsentNotValid(RequestError):
    """This consent was revoked, has expired or does not cover this use."""

    code = "CONSENT_NOT_VALID"
    status = 422


class ReportNotFound(RequestError):
    """There is no such report."""

    code = "REPORT_NOT_FOUND"
    status = 404


class ReportDecided(RequestError):
    """This report was already decided."""

    code = "REPORT_DECIDED"
    status = 409


class TooManyConnections(CallsheetError):
    """Too many connections are open from your address or in total. Try again in a few seconds."""

    code = "TOO_MANY_CONNECTIONS"
    status = 503
    retryable = True


class TooManyClients(CallsheetError):
    """Too many live connections are open. Try again in a moment."""

    code = "TOO_MANY_CLIENTS"
    status = 503
    retryable = True


BY_STATUS: dict[int, type[RequestError]] = {
    cls.status: cls
    for cls in (
        RouteNotFound,
        MethodNotAllowed,
        RequestTooSlow,
        RequestTooLarge,
        MediaTypeUnsupported,
        RangeUnsatisfiable,
        TooManyRequests,
    )
}
"""The error for each status that the framework raises by itself."""
