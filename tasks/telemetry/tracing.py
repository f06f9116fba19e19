"""Trace a request through Celery into an engine; off unless a receiver is configured.

    with tracing.span("engine.piper", {"version": "1.8"}):
        ...

While tracing is off, OpenTelemetry is not imported and each call returns at once. Its packages
are in a separate environment, `.venvs/telemetry`, at the end of the import path, so that they
cannot conflict with those of a model environment.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

from config import log_context
from config.installation import VENVS
from config.settings import Settings

log = logging.getLogger(__name__)

HEADER: Final = "traceparent"
"""The W3C header of a trace context, in HTTP and in messages."""
PACKAGES: Final = VENVS / "telemetry" / "lib"
_SPAN_PREFIX: Final = "callsheet."
_FLUSH_MS: Final = 2000

_provider: Any = None


def start(settings: Settings, part: str) -> None:
    """Start tracing in this process if a receiver is configured; `part` names the process."""
    if not settings.monitoring.otlp_endpoint:
        return
    try:
        _open(settings.monitoring.otlp_endpoint, part)
    except ImportError as absent:
        remedy = "`make envs ENVS=telemetry` installs it"
        log.warning(
            "tracing is off: OpenTelemetry is not installed",
            extra={"missing": absent.name, "remedy": remedy},
        )


def stop() -> None:
    """Send the remaining spans, if the receiver accepts them soon."""
    global _provider  # noqa: PLW0603  one for each process, as in the SDK
    if _provider is not None:
        _provider.force_flush(_FLUSH_MS)
        _provider.shutdown()
        _provider = None


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, Any] = MappingProxyType({}),
    *,
    kind: str = "internal",
    parent: Mapping[str, Any] | None = None,
    calm: tuple[type[BaseException], ...] = (),
) -> Iterator[Any]:
    """Open a span below the current one of this thread, or below that of a carrier.

    Its trace id is added to log lines. An exception marks it as failed, except those in `calm`.
    """
    if _provider is None:
        yield None
        return
    from opentelemetry.trace import SpanKind

    opened = _provider.get_tracer("callsheet").start_as_current_span(
        name,
        context=_extract(parent),
        kind=SpanKind[kind.upper()],
        attributes=_named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    )
    with opened as inner, log_context.bound(trace_id=f"{inner.get_span_context().trace_id:032x}"):
        try:
            yield inner
        except BaseException as error:
            if not isinstance(error, calm):
                _fail(inner, error)
            raise


def carrier() -> dict[str, str]:
    """Return the trace context of this thread for message headers; empty without tracing."""
    known: dict[str, str] = {}
    if _provider is not None:
        _propagator().inject(known)
    return known


def under_way() -> bool:
    """Return whether this thread is inside a span."""
    return bool(carrier())


def _open(endpoint: str, part: str) -> None:
    global _provider  # noqa: PLW0603  see above
    _find_packages()
    from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create(
        {
            "service.name": os.environ.get("OTEL_SERVICE_NAME") or f"callsheet-{part}",
            "service.instance.id": f"{socket.gethostname()}.{os.getpid()}",
        }
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    # `stop` shuts it down: an exit handler would wait for an unavailable receiver.
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(exporter))


def _find_packages() -> None:
    for place in sorted(PACKAGES.glob("python3.*/site-packages")):
        if str(place) not in sys.path:
            sys.path.append(str(place))


def _propagator() -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator()


def _extract(parent: Mapping[str, Any] | None) -> Any:
    """Return the parent context; None uses the thread's, an invalid one starts a new trace."""
    sent = (parent or {}).get(HEADER)
    return _propagator().extract({HEADER: sent}) if isinstance(sent, str) else None


def _named(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Add our prefix to attributes without a standard name (such as `http.route`)."""
    return {
        name if "." in name else f"{_SPAN_PREFIX}{name}": value
        for name, value in attributes.items()
        if value is not None
    }


def _fail(inner: Any, error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    inner.set_attribute("error.type", getattr(error, "code", type(error).__name__))
    inner.set_status(StatusCode.ERROR)
