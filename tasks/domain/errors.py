"""Every way this product can fail, in one tree.

An error is a value: a stable `code`, a sentence its reader can act on, and
whether trying again could help. `details` are for operators and never leave
the process towards a user. The docstring of a class is its default sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar


class CallsheetError(Exception):
    """Something went wrong on our side; please try again, and tell the operator if it stays."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, user_message: str | None = None, **details: Any) -> None:
        self.user_message = user_message or _sentence(type(self))
        self.details = details
        super().__init__(self.user_message)


def _sentence(cls: type[CallsheetError]) -> str:
    return " ".join((cls.__doc__ or "").split())


# --- What the caller sent -------------------------------------------------------------


class RequestError(CallsheetError):
    """The request cannot be carried out as it stands."""

    code = "BAD_REQUEST"
    status = 400


class ValidationFailed(RequestError):
    """Some fields of the request are missing or wrong."""

    code = "VALIDATION_FAILED"
    status = 422


class FileValidationFailed(RequestError):
    """The file was refused."""

    code = "FILE_VALIDATION_FAILED"
    status = 422


class SessionNotFoundError(RequestError):
    """There is no such session; create one first."""

    code = "SESSION_NOT_FOUND"
    status = 404


class JobNotFound(RequestError):
    """There is no such job."""

    code = "JOB_NOT_FOUND"
    status = 404


class FileNotFound(RequestError):
    """There is no such file in this session."""

    code = "FILE_NOT_FOUND"
    status = 404


class FaceMissing(RequestError):
    """Upload a picture of a face first."""

    code = "FACE_MISSING"
    status = 409


class ConsentRequired(RequestError):
    """State the consent of each person whose face or voice you uploaded."""

    code = "CONSENT_REQUIRED"
    status = 422


class JobSucceeded(RequestError):
    """The job has succeeded; there is nothing to try again."""

    code = "JOB_SUCCEEDED"
    status = 409


class RateLimited(RequestError):
    """That is more than one user may have at once; wait until something has ended."""

    code = "RATE_LIMITED"
    status = 429
    retryable = True


class NotReady(CallsheetError):
    """The service is starting or one of its parts is away; try again in a moment."""

    code = "NOT_READY"
    status = 503
    retryable = True


class StoreUnavailable(NotReady):
    """The place where files are kept does not answer now; try again in a moment."""

    code = "STORE_UNAVAILABLE"


# --- What a stage met -----------------------------------------------------------------


class StageError(CallsheetError):
    """A stage of the pipeline failed."""

    code = "STAGE_FAILED"


class InputRefused(StageError):
    """The engine cannot work with this input."""

    code = "INPUT_REFUSED"
    status = 422


class FaceRefused(InputRefused):
    """The picture cannot be used as a face."""

    code = "FACE_REFUSED"


class NoFace(FaceRefused):
    """No face was found in the picture; use one that shows a face clearly."""

    code = "NO_FACE"


class SeveralFaces(FaceRefused):
    """The picture shows several faces; choose one with `face_index`, or ask for the largest."""

    code = "SEVERAL_FACES"


class FaceTooSmall(FaceRefused):
    """The face in the picture is too small; use a picture taken from nearer."""

    code = "FACE_TOO_SMALL"


class FaceTurnedAway(FaceRefused):
    """The face looks too far to the side; use a picture that looks into the camera."""

    code = "FACE_TURNED_AWAY"


class FaceCovered(FaceRefused):
    """Part of the face is covered; use a picture with mouth and eyes free."""

    code = "FACE_COVERED"


class VoiceRefused(InputRefused):
    """The recording cannot be used as a voice."""

    code = "VOICE_REFUSED"


class ScriptRefused(InputRefused):
    """The text cannot be spoken."""

    code = "SCRIPT_REFUSED"


class EngineUnavailable(StageError):
    """No machine that can do this stage is there now."""

    code = "ENGINE_UNAVAILABLE"
    status = 503
    retryable = True


class ProviderUnavailable(StageError):
    """An outside service that this stage needs does not answer now; it is asked again later."""

    code = "PROVIDER_UNAVAILABLE"
    status = 503
    retryable = True


class EngineBroken(StageError):
    """The engine failed on this machine; another one will try."""

    code = "ENGINE_BROKEN"
    retryable = True


class StageOutOfMemory(StageError):
    """The stage needed more memory than this machine gives it."""

    code = "STAGE_OUT_OF_MEMORY"
    retryable = True


class StageTimedOut(StageError):
    """The stage took longer than it may."""

    code = "STAGE_TIMED_OUT"
    retryable = True


class ResultRefused(StageError):
    """The finished video did not pass its quality check."""

    code = "RESULT_REFUSED"


class Cancelled(StageError):
    """The job was cancelled."""

    code = "CANCELLED"
    status = 409


class JobLost(StageError):
    """The job was tried several times and did not come through."""

    code = "JOB_LOST"


def tree(root: type[CallsheetError] = CallsheetError) -> Iterator[type[CallsheetError]]:
    """Every class of the tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


BY_CODE: dict[str, type[CallsheetError]] = {cls.code: cls for cls in tree()}
