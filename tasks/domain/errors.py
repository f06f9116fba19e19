"""Every error that this product reports, in one tree.

An error has a stable `code`, a sentence that tells its reader what to do, and
whether a retry could help. `details` are for operators and are never sent to a
user. The docstring of a class is its default sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from tasks.domain.field_messages import sentence


class CallsheetError(Exception):
    """Something went wrong. Try again, and contact the operator if it happens again."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, user_message: str | None = None, **details: Any) -> None:
        self.user_message = user_message or _sentence(type(self))
        self.details = details
        super().__init__(self.user_message)


def _sentence(cls: type[CallsheetError]) -> str:
    return " ".join((cls.__doc__ or "").split())


# --- Errors in a request -------------------------------------------------------------


class RequestError(CallsheetError):
    """The request is not valid."""

    code = "BAD_REQUEST"
    status = 400


class ValidationFailed(RequestError):
    """Some fields of the request are missing or not valid."""

    code = "VALIDATION_FAILED"
    status = 422

    def __init__(self, user_message: str | None = None, **details: Any) -> None:
        errors = details.get("errors")
        first = sentence(errors[0]["field"], errors[0]["message"]) if errors else None
        super().__init__(user_message or first, **details)


class FileValidationFailed(RequestError):
    """The file was refused."""

    code = "FILE_VALIDATION_FAILED"
    status = 422


class SessionNotFoundError(RequestError):
    """The session does not exist. Create a session first."""

    code = "SESSION_NOT_FOUND"
    status = 404


class JobNotFound(RequestError):
    """The job does not exist."""

    code = "JOB_NOT_FOUND"
    status = 404


class FileNotFound(RequestError):
    """The file does not exist in this session."""

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
    """The job has succeeded and cannot be retried."""

    code = "JOB_SUCCEEDED"
    status = 409


class RateLimited(RequestError):
    """You have reached the limit. Wait until some of your work has finished."""

    code = "RATE_LIMITED"
    status = 429
    retryable = True


class NotReady(CallsheetError):
    """The service is not available at the moment. Try again shortly."""

    code = "NOT_READY"
    status = 503
    retryable = True


class StoreUnavailable(NotReady):
    """File storage is not available at the moment. Try again shortly."""

    code = "STORE_UNAVAILABLE"


# --- Errors of a stage -----------------------------------------------------------------


class StageError(CallsheetError):
    """A stage of the pipeline failed."""

    code = "STAGE_FAILED"


class InputRefused(StageError):
    """The engine cannot use this input."""

    code = "INPUT_REFUSED"
    status = 422


class FaceRefused(InputRefused):
    """The picture cannot be used as a face."""

    code = "FACE_REFUSED"


class NoFace(FaceRefused):
    """No face was found in the picture. Use a picture that shows a face clearly."""

    code = "NO_FACE"


class SeveralFaces(FaceRefused):
    """The picture shows several faces. Choose one with `face_index`, or ask for the largest."""

    code = "SEVERAL_FACES"


class FaceTooSmall(FaceRefused):
    """The face in the picture is too small. Use a picture taken from closer up."""

    code = "FACE_TOO_SMALL"


class FaceTurnedAway(FaceRefused):
    """The face is turned too far to the side. Use a front-facing picture."""

    code = "FACE_TURNED_AWAY"


class FaceCovered(FaceRefused):
    """Part of the face is covered. Use a picture in which the eyes and the mouth are visible."""

    code = "FACE_COVERED"


class VoiceRefused(InputRefused):
    """The recording cannot be used as a voice."""

    code = "VOICE_REFUSED"


class ScriptRefused(InputRefused):
    """The text cannot be spoken."""

    code = "SCRIPT_REFUSED"


class SampleRefused(InputRefused):
    """The video cannot be used as a sample."""

    code = "SAMPLE_REFUSED"


class SampleUnreadable(SampleRefused):
    """The sample is damaged or not a video. Upload an MP4, MOV or WebM file."""

    code = "SAMPLE_UNREADABLE"


class SampleFormat(SampleRefused):
    """The format of the sample is not supported. Upload an MP4, MOV or WebM file."""

    code = "SAMPLE_FORMAT"


class SampleCodec(SampleRefused):
    """The sample uses a codec that is not supported. Export it as H.264 and AAC."""

    code = "SAMPLE_CODEC"


class SampleTooLong(SampleRefused):
    """The sample is too long. Cut it to 60 seconds."""

    code = "SAMPLE_TOO_LONG"


class SampleTooShort(SampleRefused):
    """The sample is too short to analyse. Use at least one second of video."""

    code = "SAMPLE_TOO_SHORT"


class SampleTooLarge(SampleRefused):
    """The sample is too large. Use at most 200 MB and 4096 pixels a side."""

    code = "SAMPLE_TOO_LARGE"


class SampleTooFast(SampleRefused):
    """The sample has more than 60 frames a second. Export it with 60 or less."""

    code = "SAMPLE_TOO_FAST"


class SampleWithoutPicture(SampleRefused):
    """The sample has sound only. Upload a video."""

    code = "SAMPLE_WITHOUT_PICTURE"


class SampleStill(SampleRefused):
    """The sample is a still picture. Upload a video in which something moves."""

    code = "SAMPLE_STILL"


class SampleStreams(SampleRefused):
    """The sample has more than one video stream or too many streams. Export it with one."""

    code = "SAMPLE_STREAMS"


class SampleHdr(SampleRefused):
    """The sample is an HDR video. Export it in standard dynamic range (SDR)."""

    code = "SAMPLE_HDR"


class ClipMarked(InputRefused):
    """A clip shows a foreign logo or watermark. Choose a model without one."""

    code = "CLIP_MARKED"


class EngineUnavailable(StageError):
    """No available worker can run this stage."""

    code = "ENGINE_UNAVAILABLE"
    status = 503
    retryable = True


class ProviderUnavailable(StageError):
    """An external service that this stage needs is not available. The stage will be retried."""

    code = "PROVIDER_UNAVAILABLE"
    status = 503
    retryable = True


class EngineBroken(StageError):
    """The engine failed on this worker. Another worker will retry the stage."""

    code = "ENGINE_BROKEN"
    retryable = True


class StageOutOfMemory(StageError):
    """The stage ran out of memory."""

    code = "STAGE_OUT_OF_MEMORY"
    retryable = True


class StageTimedOut(StageError):
    """The stage exceeded its time limit."""

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
    """The job failed after several attempts."""

    code = "JOB_LOST"


def tree(root: type[CallsheetError] = CallsheetError) -> Iterator[type[CallsheetError]]:
    """Yield every class of the tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


BY_CODE: dict[str, type[CallsheetError]] = {cls.code: cls for cls in tree()}
