"""Checks of a running system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from web.cli.doctor.check_result import CheckResult, missing, ok, warning

OPERATORS = ("/sessions", "/operations", "/quarantine", "/dead-letters", "/metrics")
"""Routes that must refuse requests without a token."""


def checks(url: str) -> Iterator[CheckResult]:
    """Check the server at this URL and the services it reports."""
    try:
        with httpx.Client(base_url=url, timeout=30) as http:
            ready = http.get("/readyz").json()
            capabilities = http.get("/capabilities").json()
            open_to_strangers = [path for path in OPERATORS if not _refused(http, path)]
    except (httpx.HTTPError, ValueError) as error:
        yield missing("server", f"{url} does not answer ({type(error).__name__})", "see its log")
        return
    yield ok("server", f"{url} answers")
    yield from _parts(ready["checks"])
    yield _access(open_to_strangers)
    yield _workers(capabilities["environments"])
    yield _production(capabilities)


def _refused(http: httpx.Client, path: str) -> bool:
    return http.get(path).status_code in (401, 403)


def _access(open_to_strangers: list[str]) -> CheckResult:
    """Check that operators' routes refuse requests without a token."""
    if not open_to_strangers:
        return ok("server/access", "operators' routes require a token")
    said = f"answered without a token: {', '.join(open_to_strangers)}"
    return missing("server/access", said, "check for a proxy that adds an Authorization header")


def _parts(answers: dict[str, dict[str, Any]]) -> Iterator[CheckResult]:
    for name, answer in answers.items():
        part = f"server/{name}"
        if answer["ok"]:
            yield ok(part, f"answers in {answer['milliseconds']} ms")
        elif name == "clamd":
            yield warning(part, answer["why"], "callsheet doctor, on its machine")
        else:
            yield missing(part, answer["why"], "callsheet doctor, on its machine")


def _workers(environments: list[dict[str, Any]]) -> CheckResult:
    counts = {one["name"]: one["worker_count"] for one in environments if one["worker_count"]}
    if not counts:
        said = "no live workers: jobs stay queued"
        return missing("server/workers", said, "python -m gpu_worker NAME, on each node")
    return ok("server/workers", ", ".join(f"{name}: {n}" for name, n in counts.items()))


def _production(capabilities: dict[str, Any]) -> CheckResult:
    """Check that each stage has a real engine, unless simulation is the chosen mode."""
    lacks = [one["stage"] for one in capabilities["production_readiness"]["missing"]]
    if not lacks:
        return ok("server/production", f"every stage; default mode: {capabilities['current_mode']}")
    said = f"no real engine for {', '.join(lacks)}"
    if capabilities["current_mode"] == "simulation":
        return ok("server/production", f"{said}; jobs without a mode are simulated")
    return warning("server/production", said, "see GET /capabilities")
