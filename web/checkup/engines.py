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
from config.interpreters import chosen
from web.checkup.finding import Finding, missing, ok, warning
from web.state import ROOT

ASK_SECONDS = 120


def engines(venvs: Path) -> Iterator[Finding]:
    for name in ENVIRONMENTS:
        yield from of_environment(name, venvs)


def of_environment(name: str, venvs: Path) -> Iterator[Finding]:
    """What the engines of one environment say, asked in its own Python."""
    here = chosen(name, os.environ, venvs)
    if name == "lite":
        yield from _environment(name, Path(sys.executable))
    elif here is not None:
        yield from _environment(name, here.python)
    else:
        yield ok(name, f"not set up here; `callsheet env create {name}` brings it")


def _environment(name: str, python: Path) -> Iterator[Finding]:
    command = [str(python), "-m", "gpu_worker.offers", name]
    try:
        done = subprocess.run(  # noqa: S603  our own command
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=ASK_SECONDS
        )
    except (subprocess.SubprocessError, OSError) as failed:
        said = (getattr(failed, "stderr", "") or str(failed)).strip().splitlines()[-1:]
        yield missing(name, f"its engines cannot be asked: {' '.join(said)}", _set_up(name))
        return
    yield from _judge(name, json.loads(done.stdout))


def _judge(name: str, offers: list[dict[str, Any]]) -> Iterator[Finding]:
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
            yield missing(part, "no engine can run", _set_up(name))
        for offer in stages[stage]:
            if not offer["ok"]:
                yield warning(f"{part}/{offer['name']}", offer["why"], offer["remedy"])


def _set_up(name: str) -> str:
    return "make setup-lite" if name == "lite" else f"callsheet env create {name}"
