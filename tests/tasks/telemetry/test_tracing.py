"""One trace from a request into an engine, told to a real receiver of OTLP over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tasks.telemetry import tracing
from tests.deployment import ROOT, Deployment
from tests.services.binaries import missing
from tests.services.http_server import Answer, Asked, serving
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller

PARENT = "0af7651916cd43dd8448eb211c80319c"
"""The trace that the caller's own system has begun."""


@dataclass
class Receiver:
    """What a collector would know."""

    url: str
    batches: list[Asked] = field(default_factory=list)

    def spans(self, trace_id: str = PARENT) -> dict[str, dict[str, Any]]:
        """The spans of a trace by service and name; of several, the last that came."""
        found = {}
        for batch in list(self.batches):
            for of_resource in batch.json["resourceSpans"]:
                service = attributes(of_resource["resource"])["service.name"]
                for scope in of_resource["scopeSpans"]:
                    for span in scope["spans"]:
                        if span["traceId"].lower() == trace_id:
                            found[f"{service}: {span['name']}"] = span
        return found


def attributes(part: dict[str, Any]) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in part["attributes"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving() as server:
        held = Receiver(server.url)

        def take(asked: Asked) -> Answer:
            assert (asked.method, asked.path) == ("POST", "/v1/traces")
            assert asked.headers["content-type"] == "application/json"
            held.batches.append(asked)
            return Answer.of({})

        server.answer = take
        yield held


@pytest.fixture
def packages() -> None:
    """OpenTelemetry, where every process looks for it: beside the other environments."""
    if not list(tracing.PACKAGES.glob("python3.*/site-packages/opentelemetry")):
        missing("OpenTelemetry is not here (make envs ENVS=telemetry)")


@pytest.fixture
def traced(
    tmp_path: Path, redis_server: RedisServer, receiver: Receiver, packages: None
) -> Iterator[Deployment]:
    extra = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "LOG_FORMAT": "json",
    }
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        yield deployment


def start(deployment: Deployment, http: httpx.Client) -> str:
    caller = Caller(http)
    body = {"session_id": caller.ready_session(), "script": "Hello.", "mode": "simulation"}
    header = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-01"}
    answer = http.post("/process/start", json=body, headers=header)
    assert answer.status_code == 202
    return str(answer.json()["job_id"])


def test_a_trace_leads_from_the_request_through_celery_into_the_engine(
    traced: Deployment, receiver: Receiver
) -> None:
    deployment = traced
    deployment.start_control()
    deployment.start_workers("lite")
    with httpx.Client(base_url=deployment.start_web(), timeout=30) as http:
        job_id = start(deployment, http)
    assert deployment.until_ended(job_id).state == "succeeded"

    wanted = {
        "callsheet-web: POST /process/start",
        "callsheet-web: dispatch",
        "callsheet-worker-lite: stage.voice",
        "callsheet-worker-lite: stage.assemble",
        "callsheet-worker-lite: engine.ffmpeg",
    }
    # A span is told when it ends: the outer ones after those inside them.
    spans = until(lambda: _all(receiver, wanted), "all spans are told", 30)
    request, dispatch = (spans[f"callsheet-web: {n}"] for n in ("POST /process/start", "dispatch"))
    voice, assemble, engine = (
        spans[f"callsheet-worker-lite: {name}"]
        for name in ("stage.voice", "stage.assemble", "engine.ffmpeg")
    )
    assert request["parentSpanId"].lower() == "b7ad6b7169203331"
    assert dispatch["parentSpanId"] == request["spanId"]
    assert voice["parentSpanId"] == dispatch["spanId"]
    assert engine["parentSpanId"] == assemble["spanId"]
    assert attributes(request)["http.response.status_code"] == "202"
    assert attributes(voice)["callsheet.job_id"] == job_id
    assert "callsheet-web: GET /livez" not in spans

    lines = [json.loads(line) for line in deployment.log.splitlines() if line.startswith("{")]
    mine = {line["logger"] for line in lines if line.get("trace_id") == PARENT}
    assert {"web.jobs.submission", "web.jobs.dispatch", "gpu_worker.execution.runner"} <= mine


def _all(receiver: Receiver, wanted: set[str]) -> dict[str, dict[str, Any]] | None:
    spans = receiver.spans()
    return spans if wanted <= set(spans) else None


@pytest.mark.slow
def test_a_later_dispatch_belongs_to_the_trace_of_the_request(
    traced: Deployment, receiver: Receiver
) -> None:
    """Without workers nothing can be planned, so the request leaves the job to control."""
    deployment = traced
    with httpx.Client(base_url=deployment.start_web(), timeout=30) as http:
        start(deployment, http)
    deployment.start_control()
    deployment.start_workers("lite")
    spans = until(lambda: _all(receiver, {"callsheet-control: dispatch"}), "control tells it", 60)
    request = spans["callsheet-web: POST /process/start"]
    assert spans["callsheet-control: dispatch"]["parentSpanId"] == request["spanId"]


@pytest.mark.slow
def test_an_unavailable_receiver_delays_nothing(
    tmp_path: Path, redis_server: RedisServer, packages: None
) -> None:
    silent = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with Deployment(tmp_path, redis_server, **silent) as deployment:
        deployment.start_control()
        deployment.start_workers("lite")
        with httpx.Client(base_url=deployment.start_web(), timeout=30) as http:
            job_id = start(deployment, http)
        assert deployment.until_ended(job_id).state == "succeeded"
        began = time.monotonic()
        web = deployment.process("web")
        web.terminate()
        web.wait(30)
        assert time.monotonic() - began < 15  # the exporter alone would try for a minute


def test_without_tracing_opentelemetry_is_not_imported() -> None:
    # redis imports the API of metrics by itself where a package has brought it.
    traces = ("opentelemetry.trace", "opentelemetry.sdk.trace", "opentelemetry.exporter")
    loaded = f"[m for m in sys.modules if m.startswith({traces!r})]"
    look = f"import sys, web.wsgi, web.control.__main__, gpu_worker.tasks; print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_its_packages_tracing_is_off_with_a_warning(tmp_path: Path) -> None:
    """As in an environment whose lock knows nothing of it."""
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('no such module')")
    look = (
        "import logging; logging.basicConfig(format='%(message)s: %(remedy)s')\n"
        "from config.settings import read\n"
        "from tasks.telemetry import tracing\n"
        "tracing.start(read({'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:9'}), 'web')\n"
        "with tracing.span('work'): print('done', tracing.carrier())"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "done {}"
    assert "make envs ENVS=telemetry" in done.stderr
