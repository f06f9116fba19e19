"""Call the REST API with the API key of the agent.

Every rule of the API (scopes, rates, budgets, validation) applies to agents because their calls go
through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

TIMEOUT_SECONDS: Final = 30.0
MOST_CONNECTIONS: Final = 16


class Refused(Exception):
    """The API has refused a call; the arguments are its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("user_message", ""))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Rest:
    """The API, as one caller sees it."""

    http: httpx.AsyncClient
    key: str

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        return await self._send("GET", path, params=params)

    async def post(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        return await self._send("POST", path, json=dict(body), headers=headers)

    async def is_known(self) -> bool:
        """Return whether the API accepts the key."""
        response = await self.http.get("/livez", headers=self._headers)
        return response.status_code == HTTPStatus.OK

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key}

    async def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        headers = self._headers | dict(request.pop("headers", None) or {})
        try:
            response = await self.http.request(method, path, headers=headers, **request)
            answer = response.json()
        except (httpx.HTTPError, ValueError):
            raise Refused(UNAVAILABLE) from None
        if not isinstance(answer, dict):
            raise Refused(UNAVAILABLE)
        if response.is_success:
            return answer
        retry_after = response.headers.get("Retry-After", "")
        more = {"retry_after": int(retry_after)} if retry_after.isdecimal() else {}
        raise Refused(answer | more)


UNAVAILABLE: Final[dict[str, Any]] = {
    "error_code": "NOT_READY",
    "user_message": "The service is not ready. Try again in a moment.",
    "retry_after": 5,
}


def open_client(url: str) -> httpx.AsyncClient:
    """Open the connections to the API that all agents share; nothing is kept of one for another."""
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS)
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
