"""Metrics and health of the MCP server, on its own port."""

from __future__ import annotations

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tasks.telemetry.metrics_server import has_token, process_registry

PATH: Final = "/metrics"
HEALTH: Final = "/healthz"


class Metrics:
    """Answers scrapes with the metrics token and probes, and passes everything else on."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        self._registry = process_registry()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in (PATH, HEALTH):
            await self._answer(Request(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            return Response(status_code=405, headers={"Allow": "GET"})
        if request.url.path == HEALTH:
            return Response("ok\n", media_type="text/plain")
        if not has_token(request.headers.get("Authorization", ""), self._token):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
