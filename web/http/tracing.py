"""Trace requests; a job's dispatch continues the trace of its request."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from flask import Flask, Response, g, request

from tasks.telemetry import tracing

_NOT_TRACED: Final = ("/livez", "/readyz", "/metrics", "/metrics/targets")
"""Polled every few seconds by monitoring."""


def register(app: Flask) -> None:
    """Add a span for each request except WebSockets, which have no response."""
    app.before_request(_start_span)
    app.after_request(_end_span)
    app.teardown_request(_end)


def _start_span() -> None:
    if request.path in _NOT_TRACED or "Upgrade" in request.headers:
        return
    g.tracing = ExitStack()
    route = request.url_rule.rule if request.url_rule else "unknown"
    g.span = g.tracing.enter_context(
        tracing.span(
            f"{request.method} {route}",
            {
                "http.request.method": request.method,
                "http.route": route,
                "request_id": g.get("request_id"),
            },
            kind="server",
            parent={tracing.HEADER: request.headers.get(tracing.HEADER)},
        )
    )


def _end_span(response: Response) -> Response:
    if g.get("span"):
        g.span.set_attribute("http.response.status_code", response.status_code)
    _end(None)
    return response


def _end(_error: BaseException | None) -> None:
    stack = g.pop("tracing", None)
    if stack is not None:
        stack.close()
