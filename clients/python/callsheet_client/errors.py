"""The errors that the client raises, below `CallsheetError`."""

from __future__ import annotations

from typing import cast

from callsheet_client import models


class CallsheetError(Exception):
    """Base class of every error of this client; its text is a sentence for a person."""


class ApiError(CallsheetError):
    """The server refused a request; `error_code` is for programs, `user_message` for people."""

    def __init__(
        self, status: int, problem: models.Problem, retry_after: float | None = None
    ) -> None:
        super().__init__(problem["user_message"])
        self.status = status
        self.problem = problem
        self.retry_after = retry_after
        """How many seconds to wait, if the server says so."""

    @property
    def error_code(self) -> models.ErrorCode:
        return self.problem["error_code"]

    @property
    def user_message(self) -> str:
        return self.problem["user_message"]

    @property
    def request_id(self) -> str:
        """The id of the request in the server's log."""
        return self.problem["request_id"]


class ConnectionFailed(CallsheetError):
    """The server could not be reached, or cut the connection, as often as the client tried."""


class WaitTimeout(CallsheetError, TimeoutError):
    """The job did not end in time. It goes on."""


class JobEnded(CallsheetError):
    """A job that was waited for has no video; `report` says why."""

    def __init__(self, report: models.JobReport) -> None:
        self.report = report
        error = report["error"]
        self.error_code: models.ErrorCode = error["error_code"] if error else ""
        self.user_message = error["user_message"] if error else f"The job was {report['state']}."
        super().__init__(self.user_message)


class JobFailed(JobEnded):
    """The job failed. `retry()` continues from the step that failed."""


class JobCancelled(JobEnded):
    """The job was cancelled."""


class WebhookInvalid(CallsheetError):
    """A webhook's message was not signed with this secret, or is too old."""


def problem_of(status: int, body: object) -> models.Problem:
    """Return the problem document of an answer; a proxy may have answered something else."""
    if isinstance(body, dict) and "error_code" in body and "user_message" in body:
        return cast("models.Problem", {"request_id": ""} | body)
    sentence = f"The server answered with status {status}."
    return {
        "type": "about:blank",
        "title": sentence,
        "status": status,
        "detail": sentence,
        "error_code": f"HTTP_{status}",
        "user_message": sentence,
        "error": f"HTTP_{status}",
        "message": sentence,
        "request_id": "",
    }
