"""Errors of the library's pictures and recordings."""

from __future__ import annotations

from tasks.domain.errors import RequestError


class ImageNotFound(RequestError):
    """This picture does not exist."""

    code = "IMAGE_NOT_FOUND"
    status = 404


class VoiceNotFound(RequestError):
    """This voice does not exist."""

    code = "VOICE_NOT_FOUND"
    status = 404


class ImageInUse(RequestError):
    """A job that has not ended uses this picture. Delete it then, or cancel the job first."""

    code = "IMAGE_IN_USE"
    status = 409


class VoiceInUse(RequestError):
    """A job that has not ended uses this recording. Delete it then, or cancel the job first."""

    code = "VOICE_IN_USE"
    status = 409


class ImageRejected(RequestError):
    """This picture was rejected by moderation. Use another picture, or appeal."""

    code = "IMAGE_REJECTED"
    status = 422


class NotRejected(RequestError):
    """This picture is not rejected, so there is nothing to appeal against."""

    code = "IMAGE_NOT_REJECTED"
    status = 409


class AppealUsed(RequestError):
    """You have appealed already. Each picture has one appeal."""

    code = "APPEAL_USED"
    status = 409


class NotApproved(RequestError):
    """Only pictures that moderation has approved can be public."""

    code = "IMAGE_NOT_APPROVED"
    status = 409
