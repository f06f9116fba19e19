"""The client: one connection pool, credentials and retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx

from callsheet_client import models
from callsheet_client._async.operations import AsyncOperations
from callsheet_client._async.session import AsyncSession
from callsheet_client._events import query as as_query
from callsheet_client._retries import Retries, retry_after
from callsheet_client.errors import ApiError, ConnectionFailed, problem_of

PREFIX = "/v1"


class AsyncClient(AsyncOperations):
    """A server of Callsheet.

    Every operation of the API is a method. `open_session()` is the way to a video.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:5000",
        *,
        api_key: str | None = None,
        token: str | None = None,
        timeout: float = 30.0,
        retries: int = 4,
        longest_wait: float = 60.0,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Use a server as a visitor, with an API key, or with an access or operator token.

        A request that failed is sent again up to `retries` times, after the server's `Retry-After`
        unless it is more than `longest_wait` seconds.
        """
        self._http = http or httpx.AsyncClient(timeout=timeout)
        self._base = base_url.rstrip("/")
        self._retries = Retries(retries, longest_wait)
        self._headers = {"X-API-Key": api_key} if api_key else {}
        self._headers |= {"Authorization": f"Bearer {token}"} if token else {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def open_session(self, user_id: str = "client") -> AsyncSession:
        """Open a session: a place for files and jobs. Its id is the key to them."""
        created = await self.create_session({"user_id": user_id})
        return self.session(created["session_id"])

    def session(self, session_id: str) -> AsyncSession:
        """Return a session that was opened before."""
        return AsyncSession(self._with_session(session_id), session_id)

    def _with_session(self, session_id: str) -> AsyncClient:
        """Return the same client for the jobs of a session; it shares the connections."""
        other = type(self).__new__(type(self))
        other.__dict__ |= self.__dict__
        other._headers = self._headers | {"X-Session-ID": session_id}
        return other

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        binary: bool = False,
    ) -> Any:
        answer = await self.send(
            method,
            path,
            params=as_query(query),
            headers=as_query(headers),
            json=body,
        )
        if binary:
            return answer.content
        return answer.json() if answer.content else None

    def _request(self, method: str, path: str, more: Any) -> httpx.Request:
        url = path if path.startswith("http") else f"{self._base}{PREFIX}{path}"
        headers = self._headers | more.pop("headers", {})
        sent = {name: value for name, value in more.items() if value not in (None, {})}
        return self._http.build_request(method, url, headers=headers, **sent)

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send any request of the API, with retries; raises `ApiError` for a refusal."""
        n = 0
        while True:
            request = self._request(method, path, dict(more))
            try:
                answer = await self._http.send(request)
            except httpx.TransportError as error:
                wait = self._retries.after_failure(request, error, n)
                if wait is None:
                    raise ConnectionFailed(f"{self._base} does not answer: {error}") from error
            else:
                wait = self._retries.after_answer(request, answer, n)
                if wait is None:
                    return _accepted(answer)
            n += 1
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def stream(self, path: str, **more: Any) -> AsyncIterator[httpx.Response]:
        """Open a `GET` whose answer is read piece by piece; transport errors are httpx's."""
        n = 0
        while True:
            request = self._request("GET", path, dict(more))
            answer = await self._http.send(request, stream=True)
            wait = self._retries.after_answer(request, answer, n)
            if wait is None:
                break
            await answer.aclose()
            n += 1
            await asyncio.sleep(wait)
        try:
            yield await _streamed(answer)
        finally:
            await answer.aclose()

    @asynccontextmanager
    async def open_link(self, url: str, **more: Any) -> AsyncIterator[httpx.Response]:
        """Open a signed link, which needs no credentials, without retries."""
        request = self._http.build_request("GET", url, **more)
        answer = await self._http.send(request, stream=True)
        try:
            yield await _streamed(answer)
        finally:
            await answer.aclose()

    @property
    def attempts(self) -> int:
        """How often a cut connection is opened again without progress."""
        return self._retries.most

    def url(self, path: str) -> str:
        """Return the whole address of a link in an answer, such as a video's."""
        return path if path.startswith("http") else f"{self._base}{path}"


async def _streamed(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        await answer.aread()
    return _accepted(answer)


def _accepted(answer: httpx.Response) -> httpx.Response:
    """Return an answer of success; raise `ApiError` for any other."""
    if answer.is_success:
        return answer
    try:
        body: object = answer.json()
    except ValueError:
        body = None
    problem: models.Problem = problem_of(answer.status_code, body)
    raise ApiError(answer.status_code, problem, retry_after(answer))
