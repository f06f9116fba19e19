"""Errors of uploads that only the control plane raises."""

from __future__ import annotations

from tasks.domain.errors import RequestError


class UploadNotFound(RequestError):
    """This upload does not exist."""

    code = "UPLOAD_NOT_FOUND"
    status = 404


class UploadNotAccepted(RequestError):
    """An upload that this job names was not accepted. Upload the file again."""

    code = "UPLOAD_NOT_ACCEPTED"
    status = 409


class UploadExpired(RequestError):
    """This upload has expired. Start it again."""

    code = "UPLOAD_EXPIRED"
    status = 410


class UploadLocked(RequestError):
    """Another request is writing to this upload. Try again in a moment."""

    code = "UPLOAD_LOCKED"
    status = 423
    retryable = True


class UploadOffsetMismatch(RequestError):
    """The offset is wrong. Ask for the current offset and continue from there."""

    code = "UPLOAD_OFFSET_MISMATCH"
    status = 409


class UploadsPending(RequestError):
    """The session has too many unfinished uploads. Finish or delete one first."""

    code = "UPLOADS_PENDING"
    status = 429
    retryable = True


class TusVersionUnsupported(RequestError):
    """Send the header `Tus-Resumable: 1.0.0`. No other version is supported."""

    code = "TUS_VERSION_UNSUPPORTED"
    status = 412


class ChecksumMismatch(RequestError):
    """The checksum does not match. Send the piece again."""

    code = "CHECKSUM_MISMATCH"
    status = 460
