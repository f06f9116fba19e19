"""Checks of the engines of each installed environment, run in its own Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.environments import ENVIRONMENTS
from config.interpreters import Interpreter, find_interpreter, variable
from web.cli.doctor.check_result import CheckResult, Level, missing, ok, warning
from web.state_directory import ROOT

ASK_SECONDS = 120


def engines(venvs: Path) -> Iterator[CheckResult]:
    for name in ENVIRONMENTS:
        yield from of_environment(name, venvs)


def of_environment(name: str, venvs: Path) -> Iterator[CheckResult]:
    """Probe the engines of an environment in its own Python."""
    here = find_interpreter(name, os.environ, venvs)
    if name == "lite":
        yield from _environment(Interpreter(name, Path(sys.executable), "built"))
    elif here is not None and here.source != "conda":
        yield from _environment(here)
    else:
        why = "conda's Python of that name is not selected" if here else "not installed"
        yield CheckResult(name, Level.OK, why, remedy(name, here))


def remedy(name: str, here: Interpreter | None) -> str:
    """Return the command that installs an environment, or the worker packages in a given Python."""
    if here is None or here.source == "built":
        return "make setup-lite" if name == "lite" else f"callsheet env create {name}"
    if here.source == "conda":
        return f"{variable(name)}={here.python}"
    return f"{here.python} -m pip install -e {ROOT}"


def _environment(here: Interpreter) -> Iterator[CheckResult]:
    name = here.environment
    command = [str(here.python), "-m", "gpu_worker.models.offers", name]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=ASK_SECONDS
        )
    except OSError as error:
        way = f"{variable(name)}=/path/to/a/working/python"
        yield missing(name, f"{here.python}: {error.strerror}", way)
        return
    except subprocess.SubprocessError as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        yield missing(name, f"its engines cannot be probed: {' '.join(said)}", remedy(name, here))
        return
    yield from _judge(name, json.loads(done.stdout))


def _judge(name: str, offers: list[dict[str, Any]]) -> Iterator[CheckResult]:
    """Yield an error for a stage without an engine, and a note for each unusable engine."""
    stages: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for offer in offers:
        stages[offer["stage"]].append(offer)
    for stage in ENVIRONMENTS[name].stages:
        part = f"{name}/{stage}"
        able = [offer["name"] for offer in stages[stage] if offer["ok"]]
        if able:
            yield ok(part, ", ".join(able))
        else:
            yield missing(part, "no engine can run; see below", "")
        for offer in stages[stage]:
            if not offer["ok"]:
                yield warning(f"{part}/{offer['name']}", offer["why"], offer["remedy"])
