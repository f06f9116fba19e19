"""What live workers offer, set beside what is declared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from config.environments import ENVIRONMENTS, Environment
from config.interpreters import found
from config.stages import STAGES, Stage
from tasks.domain.job import MODES, JobOptions
from tasks.domain.offers import Offer, first_choices
from tasks.domain.planner import History
from tasks.nodes import Node
from web.system.state import ROOT

Choices = dict[str, dict[str, Offer | None]]


def report(alive: Sequence[Node], current_mode: str, past: History) -> dict[str, Any]:
    offers = [offer for node in alive for offer in node.offers]
    choices = {mode: first_choices(offers, JobOptions(mode=mode)) for mode in MODES}
    now = choices[current_mode]
    seconds = {stage: _seconds(stage, offer, past) for stage, offer in now.items()}
    return {
        "current_mode": current_mode,
        "default_mode": current_mode,
        "modes": {mode: all(choices[mode].values()) for mode in MODES},
        "production_readiness": readiness(offers),
        "time_estimates": {**seconds, "total": round(sum(seconds.values()), 2)},
        "environments": [_environment(one, alive) for one in ENVIRONMENTS.values()],
        "stages": [_stage(stage, alive, choices, past) for stage in STAGES.values()],
    }


def readiness(offers: Iterable[Offer]) -> dict[str, Any]:
    """Whether every stage could be done for real, and what is missing where it could not."""
    known = list(offers)
    able = first_choices(known, JobOptions(mode="production"))
    unable = [STAGES[stage] for stage, offer in able.items() if offer is None]
    return {
        "production_ready": not unable,
        "missing": [
            {"stage": s.name, "environment": s.environment, "needs": _needs(s.name, known)}
            for s in unable
        ],
    }


def lacking(stage: str, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """The same of one stage, as an error's details say it."""
    return [
        {"field": stage, "message": f"{need['engine'] or 'nobody'}: {need['why']}", **need}
        for need in _needs(stage, offers)
    ]


def _needs(stage: str, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """What each real engine says that it lacks; where nobody was asked, a worker."""
    said = {
        (offer.name, offer.why, offer.remedy)
        for offer in offers
        if offer.stage == stage and offer.kind != "simulated" and not offer.ok
    }
    if not said:
        home = STAGES[stage].environment
        said = {("", f"no worker of {home} is alive", f"python -m gpu_worker {home}")}
    return [{"engine": e, "why": why, "remedy": remedy} for e, why, remedy in sorted(said)]


def _seconds(stage: str, offer: Offer | None, past: History) -> float:
    """What a step takes by history; without one as its engine, else its stage, declares."""
    if offer is None:
        return STAGES[stage].seconds
    return round(past.seconds(stage, offer.choice()), 2)


def _environment(environment: Environment, alive: Sequence[Node]) -> dict[str, Any]:
    name = environment.name
    workers = [node.name for node in alive if node.environment == name]
    here = found(name, os.environ, ROOT / ".venvs")
    return {
        "name": name,
        "stages": environment.stages,
        "carries": environment.carries,
        "found": bool(workers or here),
        "here": here.source if here else "",
        "workers": workers,
    }


def _stage(stage: Stage, alive: Sequence[Node], choices: Choices, past: History) -> dict[str, Any]:
    return {
        "stage": stage.name,
        "environment": stage.environment,
        "output": stage.output,
        "memory_mb": stage.memory_mb,
        "engines": [_engine(stage.name, engine, alive) for engine in stage.engines],
        "now": {mode: _choice(stage.name, choices[mode][stage.name], past) for mode in MODES},
    }


def _choice(stage: str, offer: Offer | None, past: History) -> dict[str, Any] | None:
    if offer is None:
        return None
    return {
        **asdict(offer),
        "quality": _QUALITY[offer.kind],
        "seconds": _seconds(stage, offer, past),
    }


_QUALITY = {
    "real": "production",
    "lite": "production on a CPU",
    "simulated": "placeholder",
}
"""Of what a kind of engine puts out, in words."""


def _engine(stage: str, name: str, alive: Sequence[Node]) -> dict[str, Any]:
    offers = [
        {"worker": node.name, **asdict(offer)}
        for node in alive
        for offer in node.offers
        if (offer.stage, offer.name) == (stage, name)
    ]
    return {"name": name, "available": any(o["ok"] for o in offers), "offers": offers}
