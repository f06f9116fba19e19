"""Refusals that only a door of the control plane can meet; the rest is `tasks.domain.errors`."""

from __future__ import annotations

from tasks.domain.errors import CallsheetError, RequestError


class RouteNotFound(RequestError):
    """There is nothing at this address."""

    code = "NOT_FOUND"
    status = 404


class WorkerNotFound(RequestError):
    """No worker of this name is alive."""

    code = "WORKER_NOT_FOUND"
    status = 404


class DeadLetterNotFound(RequestError):
    """There is no such dead letter."""

    code = "DEAD_LETTER_NOT_FOUND"
    status = 404


class DeadLetterIncomplete(RequestError):
    """This dead letter was too large to be kept whole, so it cannot be tried again."""

    code = "DEAD_LETTER_INCOMPLETE"
    status = 409


class SessionRequired(RequestError):
    """Send the session's id in the header X-Session-ID, or as Authorization: Bearer."""

    code = "SESSION_REQUIRED"
    status = 401


class LinkInvalid(RequestError):
    """This link is not valid or has expired. Ask for a new one."""

    code = "LINK_INVALID"
    status = 401


class MethodNotAllowed(RequestError):
    """This address does not take this method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class RequestTooSlow(RequestError):
    """The request did not arrive whole; send it again."""

    code = "REQUEST_INCOMPLETE"
    status = 408
    retryable = True


class PreconditionUnmet(RequestError):
    """The file is not the one that `If-Match` names; load it again."""

    code = "PRECONDITION_FAILED"
    status = 412


class RequestTooLarge(RequestError):
    """The request is larger than this address takes."""

    code = "REQUEST_TOO_LARGE"
    status = 413


class MediaTypeUnsupported(RequestError):
    """The request's content type is not one that this address takes."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class WebSocketRequired(RequestError):
    """This address speaks WebSocket only."""

    code = "WEBSOCKET_REQUIRED"
    status = 426


class OriginRefused(RequestError):
    """Pages of this origin may not connect; ask the operator to list it in CORS_ORIGINS."""

    code = "ORIGIN_NOT_ALLOWED"
    status = 403


class RangeUnsatisfiable(RequestError):
    """The file is shorter than the range that was asked for."""

    code = "RANGE_NOT_SATISFIABLE"
    status = 416


class SessionEnded(RequestError):
    """The session has ended; its outputs stay, new work needs a new session."""

    code = "SESSION_EXPIRED"
    status = 410


class JobOpen(RequestError):
    """The job is still at work; cancel it first."""

    code = "JOB_OPEN"
    status = 409


class IdempotencyMismatch(RequestError):
    """This Idempotency-Key was used for another request; use a new one."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422


class IdempotencyConflict(RequestError):
    """The first request under this Idempotency-Key is still at work; try again in a moment."""

    code = "IDEMPOTENCY_KEY_IN_USE"
    status = 409
    retryable = True


class JobNotOurs(RequestError):
    """Who carries this job out is not the one whom this request is for."""

    code = "JOB_KIND_MISMATCH"
    status = 409


class SessionLimit(CallsheetError):
    """The server is full. Try again in a few minutes."""

    code = "SESSION_LIMIT"
    status = 503
    retryable = True


class QuotaExceeded(RequestError):
    """The session holds as many bytes as it may; end it or delete files of it first."""

    code = "QUOTA_EXCEEDED"
    status = 413


class TusVersionUnsupported(RequestError):
    """Send the header `Tus-Resumable: 1.0.0`; no other version is spoken here."""

    code = "TUS_VERSION_UNSUPPORTED"
    status = 412


class UploadOffsetMismatch(RequestError):
    """Another piece is expected next; ask how far the upload is, and go on from there."""

    code = "UPLOAD_OFFSET_MISMATCH"
    status = 409


class UploadLocked(RequestError):
    """Another request is adding to this upload; try again in a moment."""

    code = "UPLOAD_LOCKED"
    status = 423
    retryable = True


class UploadExpired(RequestError):
    """This upload was left alone for too long; begin it anew."""

    code = "UPLOAD_EXPIRED"
    status = 410


class UploadsPending(RequestError):
    """The session has as many unfinished uploads as it may; finish or delete one first."""

    code = "UPLOADS_PENDING"
    status = 429
    retryable = True


class ChecksumMismatch(RequestError):
    """The piece did not arrive as it was sent; send it again."""

    code = "CHECKSUM_MISMATCH"
    status = 460


class ScanUnavailable(CallsheetError):
    """The file could not be checked for viruses now; send it again in a few minutes."""

    code = "SCAN_UNAVAILABLE"
    status = 503
    retryable = True


class StorageFull(CallsheetError):
    """The server has no room for new files now; try again later."""

    code = "STORAGE_FULL"
    status = 507
    retryable = True


class ServerFull(CallsheetError):
    """The server has no room for new jobs now; try again later."""

    code = "SERVER_FULL"
    status = 503
    retryable = True


class HealthCheckFailed(CallsheetError):
    """The state of the service could not be found out."""

    code = "HEALTH_CHECK_FAILED"


class OperatorsOnly(RequestError):
    """This address is for operators; send the operator's token."""

    code = "OPERATORS_ONLY"
    status = 403


class OperatorLinkExpired(RequestError):
    """This link was used or has expired; make a new one with `callsheet operate`."""

    code = "OPERATOR_LINK_EXPIRED"
    status = 403


class TooManyRequests(RequestError):
    """You have sent too many requests; wait a little."""

    code = "TOO_MANY_REQUESTS"
    status = 429
    retryable = True


class ApiKeyUnknown(RequestError):
    """Nobody has this API key; send a right one, or none."""

    code = "API_KEY_UNKNOWN"
    status = 401


class ConsentWithdrawn(RequestError):
    """The person shown has withdrawn their consent; these files are no longer given out."""

    code = "CONSENT_WITHDRAWN"
    status = 451


class TooManyConnections(CallsheetError):
    """Too many connections are open from your address, or in all. Try again in a few seconds."""

    code = "TOO_MANY_CONNECTIONS"
    status = 503
    retryable = True


class TooManyClients(CallsheetError):
    """This server holds as many live connections as it may; try again in a moment."""

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
"""What the framework refuses by itself, by the status that it chose."""
