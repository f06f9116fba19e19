"""The engines of every environment that is set up here: each is asked in its own Python."""

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
from config.interpreters import Interpreter, found, variable
from web.checkup.finding import Finding, missing, ok, warning
from web.system.state import ROOT

ASK_SECONDS = 120


def engines(venvs: Path) -> Iterator[Finding]:
    for name in ENVIRONMENTS:
        yield from of_environment(name, venvs)


def of_environment(name: str, venvs: Path) -> Iterator[Finding]:
    """What the engines of one environment say, asked in its own Python."""
    here = found(name, os.environ, venvs)
    if name == "lite":
        yield from _environment(name, Path(sys.executable), "make setup-lite")
    elif here is None or here.source == "conda":
        said, remedy = _not_in_use(name, here)
        yield ok(name, f"{said}; `{remedy}` brings it")
    else:
        yield from _environment(name, here.python, _set_up(here))


def absent(name: str, venvs: Path) -> Finding | None:
    """What is missing where an environment is asked for by name and none is in use."""
    here = found(name, os.environ, venvs)
    if name == "lite" or (here is not None and here.source != "conda"):
        return None
    return missing(name, *_not_in_use(name, here))


def _not_in_use(name: str, here: Interpreter | None) -> tuple[str, str]:
    if here is None:
        return "not set up here", f"callsheet env create {name}"
    return "conda has one here, which is not chosen", f"{variable(name)}={here.python}"


def _environment(name: str, python: Path, set_up: str) -> Iterator[Finding]:
    command = [str(python), "-m", "gpu_worker.offers", name]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=ASK_SECONDS
        )
    except (subprocess.SubprocessError, OSError) as failed:
        said = (getattr(failed, "stderr", "") or str(failed)).strip().splitlines()[-1:]
        yield missing(name, f"its engines cannot be asked: {' '.join(said)}", set_up)
        return
    yield from _judge(name, json.loads(done.stdout), set_up)


def _judge(name: str, offers: list[dict[str, Any]], set_up: str) -> Iterator[Finding]:
    """A stage without any engine is missing; an engine that cannot run is worth a word."""
    stages: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for offer in offers:
        stages[offer["stage"]].append(offer)
    for stage in ENVIRONMENTS[name].stages:
        part = f"{name}/{stage}"
        able = [offer["name"] for offer in stages[stage] if offer["ok"]]
        if able:
            yield ok(part, ", ".join(able))
        else:
            yield missing(part, "no engine can run", set_up)
        for offer in stages[stage]:
            if not offer["ok"]:
                yield warning(f"{part}/{offer['name']}", offer["why"], offer["remedy"])


def _set_up(here: Interpreter) -> str:
    """Ours is built anew; somebody else's gets what a worker needs beside its models."""
    if here.source == "built":
        return f"callsheet env create {here.environment}"
    if not here.python.exists():
        return f"unset {variable(here.environment)}, or have it name a Python"
    return f"{here.python} -m pip install -e {ROOT}"
