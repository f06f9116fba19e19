# Made of ../_async/live.py by `make clients`; change it there.
"""The process for crowds, which carries the events of jobs if the server has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callsheet_client.errors import ApiError

if TYPE_CHECKING:
    from callsheet_client._sync.client import Client

LINK_INVALID = "LINK_INVALID"
"""A link opens a stream for 15 minutes."""


class LiveLink:
    """A signed link to the events of a job; none after the process has not answered or refused."""

    def __init__(self, client: Client, job_id: str, link: str | None = "") -> None:
        """Use the link that the server gave with the job; an empty one is asked for."""
        self._client = client
        self._job_id = job_id
        self._link = link
        self._is_new = False

    def address(self, last_event_id: str) -> str | None:
        """Return the address of the events after one; None if the API has to be asked."""
        if self._link == "":
            report = self._client.get_job(self._job_id)
            self._link, self._is_new = report["links"].get("live_events"), True
        if not self._link:
            return None
        after = f"&last_event_id={last_event_id}" if last_event_id else ""
        return self._client.url(self._link) + after

    def failed(self, error: Exception) -> None:
        """Forget the link after a failure; one that may only be too old is replaced."""
        is_old = isinstance(error, ApiError) and error.error_code == LINK_INVALID
        self._link = "" if is_old and not self._is_new else None

    def answered(self) -> None:
        """Trust the link again: its connection was opened."""
        self._is_new = False
