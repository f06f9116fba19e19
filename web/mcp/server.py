"""Serve the tools over Streamable HTTP: one POST a call, one JSON answer, no session.

Nothing is kept open for a client, so a client that goes away holds nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import httpx
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from web.accounts import key_format
from web.mcp import arguments
from web.mcp.rest import UNAVAILABLE, Refused, Rest
from web.mcp.tools import DECLARED, Tools

log = logging.getLogger(__name__)

PATH: Final = "/mcp"
LARGEST_REQUEST: Final = 256 * 1024
"""Room for the longest script, with every character escaped."""
INSTRUCTIONS: Final = (
    "Makes talking videos of a picture of a person and a text. Call `capabilities`, then "
    "`estimate`, show its cost to your user, then `start` with the quote, then `status` until the "
    "job has ended. Pictures and recordings are uploaded by people, over the REST API or the page."
)
_BY_NAME: Final = {tool.name: tool for tool in DECLARED}


def create_app(http: httpx.AsyncClient, public_url: str, host: str) -> ASGIApp:
    """Create the ASGI application; `host` decides which `Host` headers are accepted."""
    handlers = _Handlers(http, Tools(public_url))
    server: Server[Any] = Server(
        "callsheet",
        title="Callsheet",
        version=version("mcp"),
        instructions=INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
    )
    served = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=LARGEST_REQUEST,
        host=host,
    )
    return KeysOnly(served, http)


class KeysOnly:
    """Lets requests with a valid API key of a user through, and only those that need no stream."""

    def __init__(self, app: ASGIApp, http: httpx.AsyncClient) -> None:
        self._app = app
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = await self._refusal(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refusal(self, request: Request) -> JSONResponse | None:
        if request.method != "POST":
            message = "Send POST requests; this server opens no streams."
            return _problem(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})
        key = presented_key(request.headers)
        try:
            if key_format.is_well_formed(key) and await Rest(self._http, key).is_known():
                return None
        except httpx.HTTPError:
            return _problem(503, "NOT_READY", UNAVAILABLE["user_message"], {"Retry-After": "5"})
        message = "Send an API key of your account as `Authorization: Bearer` or `X-API-Key`."
        return _problem(401, "API_KEY_INVALID", message, {"WWW-Authenticate": "Bearer"})


class _Handlers:
    """The handlers of MCP requests."""

    def __init__(self, http: httpx.AsyncClient, tools: Tools) -> None:
        self._http = http
        self._tools = tools

    async def list_tools(
        self, _ctx: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        listed = [
            Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=tool.schema,
                annotations=ToolAnnotations(
                    read_only_hint=tool.read_only,
                    destructive_hint=tool.destructive,
                    idempotent_hint=True,
                    open_world_hint=False,
                ),
            )
            for tool in DECLARED
        ]
        return ListToolsResult(tools=listed)

    async def call_tool(
        self, ctx: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        tool = _BY_NAME.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, "Unknown tool.")
        given = params.arguments or {}
        api = Rest(self._http, presented_key(ctx.request.headers if ctx.request else {}))
        try:
            arguments.require_known(tool.schema, given)
            return _result(await tool.run(self._tools, api, given))
        except Refused as refused:
            known = ("error_code", "user_message", "errors", "stages", "credits", "retry_after")
            problem = {name: refused.problem[name] for name in known if name in refused.problem}
            return _result(problem, is_error=True)
        except (KeyError, TypeError, ValueError):
            log.exception("tool failed", extra={"tool": tool.name})
            return _result(UNAVAILABLE, is_error=True)


def presented_key(headers: Mapping[str, str]) -> str:
    """Return the unchecked API key of a request; empty without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (token.strip() if scheme.lower() == "bearer" else "")


def _result(value: dict[str, Any], *, is_error: bool = False) -> CallToolResult:
    text = json.dumps(value, ensure_ascii=False)
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=value, is_error=is_error
    )


def _problem(status: int, code: str, message: str, headers: dict[str, str]) -> JSONResponse:
    body = {"status": status, "error_code": code, "user_message": message, "detail": message}
    return JSONResponse(body, status, headers, media_type="application/problem+json")
