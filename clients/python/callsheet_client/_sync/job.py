# Made of ../_async/job.py by `make clients`; change it there.
"""A job: follow its events, wait for its end, download the video."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from callsheet_client import models
from callsheet_client._events import SILENCE_SECONDS, Lines, order
from callsheet_client._retries import backoff
from callsheet_client._sync.live import LiveLink
from callsheet_client.errors import (
    ApiError,
    ConnectionFailed,
    JobCancelled,
    JobEnded,
    JobFailed,
    WaitTimeout,
)

if TYPE_CHECKING:
    from callsheet_client._sync.client import Client

_ENDS = {"failed": JobFailed, "cancelled": JobCancelled}


class Job:
    """A job of a session."""

    def __init__(
        self,
        client: Client,
        job_id: str,
        warnings: list[Any],
        live_events: str | None = "",
    ) -> None:
        self._client = client
        self._live = LiveLink(client, job_id, live_events)
        self.id = job_id
        self.warnings: list[models.JobWarning] = warnings
        """What the server said about the request when it accepted it."""

    def report(self) -> models.JobReport:
        """Get the job with its steps and results."""
        return self._client.get_job(self.id)

    def cancel(self) -> models.JobReport:
        """Cancel the job; `wait()` tells when it has ended."""
        return self._client.cancel_job(self.id)

    def retry(self) -> models.JobReport:
        """Retry a failed or cancelled job from the step that failed."""
        return self._client.retry_job(self.id)

    def events(self, after: str = "", *, timeout: float | None = None) -> Iterator[models.Event]:
        """Yield the job's events to its end, from the first one or after the id of one.

        A cut connection is opened again and continues after the last event; none is lost or
        repeated. After `timeout` seconds without an end, it raises `WaitTimeout`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        last, failures, is_over = after, 0, False
        while not is_over:
            error: Exception | None = None
            try:
                for event in self._stream(last, deadline):
                    is_over = event is None
                    if event is not None and order(event["event_id"]) > order(last):
                        last, failures = event["event_id"], 0
                        yield event
            except httpx.TransportError as cut:
                error = cut
            _require_time(deadline)
            failures += 1
            if failures > self._client.attempts + 1:
                raise ConnectionFailed("The connection was cut again and again.") from error
            if failures > 1:  # the first time it asks at once: was it the end?
                time.sleep(backoff(failures))

    def _stream(self, last: str, deadline: float | None) -> Iterator[models.Event | None]:
        """Yield what one connection delivers; None if there are no more events."""
        lines = Lines()
        silence = SILENCE_SECONDS
        if deadline is not None:
            silence = max(0.05, min(silence, deadline - time.monotonic()))
        live, has_answered = self._live.address(last), False
        try:
            with self._open(live, last, httpx.Timeout(30.0, read=silence)) as answer:
                has_answered = True
                self._live.answered()
                if answer.status_code == 204:
                    yield None
                    return
                for line in answer.iter_lines():
                    event = lines.add(line)
                    if event is not None:
                        yield event
                    _require_time(deadline)
        except (ApiError, httpx.TransportError) as error:
            if live is None or has_answered:
                raise
            self._live.failed(error)  # the next attempt asks the API

    def _open(
        self, live: str | None, last: str, timeout: httpx.Timeout
    ) -> AbstractContextManager[httpx.Response]:
        headers = {"Accept": "text/event-stream"}
        if live is not None:
            return self._client.open_link(live, headers=headers, timeout=timeout)
        headers |= {"Last-Event-ID": last} if last else {}
        return self._client.stream(f"/process/{self.id}/events", headers=headers, timeout=timeout)

    def wait(
        self,
        *,
        timeout: float | None = None,
        on_event: Callable[[models.Event], object] | None = None,
    ) -> models.JobReport:
        """Wait for the job's end and return its report.

        Raises `JobFailed` or `JobCancelled`, which contain the report, or `WaitTimeout`.
        """
        for event in self.events(timeout=timeout):
            if on_event is not None:
                on_event(event)
        report = self.report()
        ended: type[JobEnded] | None = _ENDS.get(report["state"])
        if ended is not None:
            raise ended(report)
        return report

    def download(self, path: Path | str) -> Path:
        """Wait for the job's end and store its video; a cut connection is resumed."""
        report = self.wait()
        result = report["result"]
        video = result["final_output"] if result is not None else None
        if video is None:
            raise JobFailed(report)
        self._store(self._client.url(str(video["url"])), part := Path(f"{path}.part"))
        return part.replace(path)

    def _store(self, url: str, part: Path) -> None:
        failures, etag = 0, ""
        with part.open("wb") as file:
            while True:
                done = file.tell()
                resumed = {"Range": f"bytes={done}-", "If-Range": etag} if done else {}
                try:
                    with self._client.stream(url, headers=resumed) as answer:
                        if answer.status_code != 206:
                            file.seek(0)
                            file.truncate()
                        etag = answer.headers.get("ETag", "")
                        for chunk in answer.iter_bytes():
                            file.write(chunk)
                        return
                except httpx.TransportError as cut:
                    failures = 1 if file.tell() > done else failures + 1
                    if failures > self._client.attempts:
                        raise ConnectionFailed("The download was cut again and again.") from cut
                    time.sleep(backoff(failures))


def _require_time(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise WaitTimeout("The job has not ended in time.")
