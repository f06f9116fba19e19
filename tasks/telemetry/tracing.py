"""One trace from a request through Celery into an engine; off unless a receiver is named.

    with tracing.span("engine.piper", {"version": "1.8"}):
        ...

While it is off, nothing of OpenTelemetry is imported and each call here returns at once. Its
packages live in an environment of their own, `.venvs/telemetry`, behind those of whoever uses
them: no model environment's lock needs to agree with them, nor an interpreter of conda's.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from config import log_context
from config.settings import Settings

log = logging.getLogger(__name__)

HEADER: Final = "traceparent"
"""W3C's name of a trace's context, in HTTP and in messages."""
PACKAGES: Final = Path(__file__).resolve().parents[2] / ".venvs" / "telemetry" / "lib"
_SPAN_PREFIX: Final = "callsheet."
_FLUSH_MS: Final = 2000

_provider: Any = None


def start(settings: Settings, part: str) -> None:
    """From now on in this process, where a receiver is named; `part` says which one it is."""
    if not settings.otlp_endpoint:
        return
    try:
        _open(settings.otlp_endpoint, part)
    except ImportError as absent:
        remedy = "`make envs ENVS=telemetry` brings it"
        log.warning("nothing is traced, as OpenTelemetry is not here (%s): %s", absent, remedy)


def stop() -> None:
    """Say what was not said yet, if the receiver takes it soon."""
    global _provider  # noqa: PLW0603  one for a process, as the SDK would have it
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
    """A part of the work: below the one that this thread is in, or what a carrier says.

    Its trace's id goes into the log's lines. What is raised marks it as failed, unless it is
    one of `calm`.
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
    """The context of this thread, for a message's headers; empty where nothing is traced."""
    known: dict[str, str] = {}
    if _provider is not None:
        _propagator().inject(known)
    return known


def under_way() -> bool:
    """Whether this thread is inside a span."""
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
    # Ended by `stop`: at exit, a receiver that is away would be waited for.
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
    """None leaves it to the thread; what is no trace begins a new one."""
    sent = (parent or {}).get(HEADER)
    return _propagator().extract({HEADER: sent}) if isinstance(sent, str) else None


def _named(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Under our own name, unless it has one that everybody knows (`http.route`)."""
    return {
        name if "." in name else f"{_SPAN_PREFIX}{name}": value
        for name, value in attributes.items()
        if value is not None
    }


def _fail(inner: Any, error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    inner.set_attribute("error.type", getattr(error, "code", type(error).__name__))
    inner.set_status(StatusCode.ERROR)
