"""Where traces begin: a request; and where they go on: the dispatch of its job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import redis
from flask import Flask, Response, g, request

from tasks import keys, tracing
from tasks.bus import DAY
from web.services import Services

_UNTOLD: Final = ("/livez", "/readyz", "/metrics", "/metrics/targets")
"""Asked every few seconds by machines."""


def register(app: Flask) -> None:
    """A span for each request that ends; a WebSocket is a conversation, and has none."""
    app.before_request(_begin)
    app.after_request(_answered)
    app.teardown_request(_end)


def remember(services: Services, job_id: str) -> None:
    """The trace that a job belongs to, for whoever dispatches it later."""
    known = tracing.carrier()
    if known:
        with suppress(redis.RedisError):  # a job is taken without it
            services.redis.set(keys.trace(job_id), known[tracing.HEADER], ex=DAY)


@contextmanager
def dispatching(services: Services, job_id: str, attempt: int) -> Iterator[None]:
    """In the trace of the request that this thread serves, else of the one that made the job."""
    parent = None if tracing.under_way() else _remembered(services, job_id)
    about = {"job_id": job_id, "attempt": attempt}
    with tracing.span("dispatch", about, kind="producer", parent=parent):
        yield


def _remembered(services: Services, job_id: str) -> dict[str, Any]:
    if not services.settings.otlp_endpoint:
        return {}
    try:
        return {tracing.HEADER: services.redis.get(keys.trace(job_id))}
    except redis.RedisError:
        return {}


def _begin() -> None:
    if request.path in _UNTOLD or "Upgrade" in request.headers:
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


def _answered(response: Response) -> Response:
    if g.get("span"):
        g.span.set_attribute("http.response.status_code", response.status_code)
    _end(None)
    return response


def _end(_error: BaseException | None) -> None:
    stack = g.pop("tracing", None)
    if stack is not None:
        stack.close()
