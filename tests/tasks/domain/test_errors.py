"""What an error says of itself: its status, whether a retry could help, and its sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.domain import errors
from tasks.domain.errors import CallsheetError, InputRefused, ValidationFailed

STATUSES = {
    400: {"BAD_REQUEST"},
    404: {"SESSION_NOT_FOUND", "JOB_NOT_FOUND", "FILE_NOT_FOUND"},
    409: {"FACE_MISSING", "JOB_SUCCEEDED", "CANCELLED"},
    422: {"VALIDATION_FAILED", "FILE_VALIDATION_FAILED", "CONSENT_REQUIRED", "INPUT_REFUSED"},
    429: {"RATE_LIMITED"},
    503: {"NOT_READY", "STORE_UNAVAILABLE", "ENGINE_UNAVAILABLE", "PROVIDER_UNAVAILABLE"},
}
"""Every other error is one of ours (500), or of an input that a stage refused (422)."""
RETRYABLE = STATUSES[429] | STATUSES[503]
RETRYABLE |= {"ENGINE_BROKEN", "STAGE_OUT_OF_MEMORY", "STAGE_TIMED_OUT"}


def every(cls: type[CallsheetError] = CallsheetError) -> Iterator[type[CallsheetError]]:
    """Yield the errors of the domain; the control plane has more."""
    if cls.__module__ == errors.__name__:
        yield cls
        for inner in cls.__subclasses__():
            yield from every(inner)


@pytest.mark.parametrize("cls", dict.fromkeys(every()), ids=lambda cls: cls.code)
def test_an_error_has_its_status_and_says_whether_a_retry_could_help(
    cls: type[CallsheetError],
) -> None:
    usual = 422 if issubclass(cls, InputRefused) else 500
    assert cls.status == next((s for s, codes in STATUSES.items() if cls.code in codes), usual)
    assert cls.retryable is (cls.code in RETRYABLE)
    error = cls(reason="for operators")
    assert error.user_message == str(error) == " ".join(str(cls.__doc__).split())
    assert error.details == {"reason": "for operators"}
    assert str(cls("Something else.")) == "Something else."


def test_a_validation_names_its_first_field() -> None:
    found = [{"field": "topic", "message": "It is too long."}, {"field": "x", "message": "No."}]
    error = ValidationFailed(errors=found)
    assert error.user_message == "It is too long."
    assert error.details == {"errors": found}
    assert str(ValidationFailed("Mine.", errors=found)) == "Mine."
