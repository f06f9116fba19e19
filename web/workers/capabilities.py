"""What live workers offer, set beside what is declared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from config.environments import ENVIRONMENTS, Environment
from config.interpreters import find_interpreter
from config.stages import STAGES, Stage
from tasks.domain.job import MODES, JobOptions
from tasks.domain.offers import Offer, first_choices
from tasks.domain.plan import EngineChoice
from tasks.domain.planner import History, Request, make_plan
from tasks.nodes.registry import Node
from web.state_directory import ROOT

Choices = dict[str, dict[str, Offer | None]]


def report(alive: Sequence[Node], current_mode: str, past: History) -> dict[str, Any]:
    offers = [offer for node in alive for offer in node.offers]
    choices = {mode: first_choices(offers, JobOptions(mode=mode)) for mode in MODES}
    now = choices[current_mode]
    seconds = {stage: _seconds(stage, now, past) for stage in STAGES}
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
        {"field": stage, "message": _unavailable(need["engine"], stage), **need}
        for need in _needs(stage, offers)
    ]


def _unavailable(engine: str, stage: str) -> str:
    return f"{engine} cannot run now." if engine else f"No worker can do {stage} now."


def _needs(stage: str, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """What each real engine says that it lacks; where nobody was asked, a worker."""
    said = {
        (offer.name, offer.why, offer.remedy)
        for offer in offers
        if offer.stage == stage and offer.kind != "simulated" and not offer.ok
    }
    if not said:
        said = {_nobody(stage, offers)}
    return [{"engine": e, "why": why, "remedy": remedy} for e, why, remedy in sorted(said)]


def _nobody(stage: str, offers: Sequence[Offer]) -> tuple[str, str, str]:
    """Why no real engine spoke: no worker is there, or those that are have none."""
    home = STAGES[stage].environment
    if any(offer.stage == stage for offer in offers):
        return "", f"the workers that are alive have no real engine for {stage}", "callsheet doctor"
    return "", f"no worker of {home} is alive", f"python -m gpu_worker {home}"


def _seconds(stage: str, offers: Mapping[str, Offer | None], past: History) -> float:
    """What the step of a typical scene takes by history; as declared where there is none."""
    offer = offers[stage]
    if offer is None:
        return STAGES[stage].seconds
    has_run = any((stage, offer.name) == known[:2] for known in past.paces)
    if not (has_run or offer.kind == "simulated"):
        return offer.seconds or STAGES[stage].seconds
    choices = {name: _engine_of(name, offer) for name, offer in offers.items()}
    request = Request("", "", JobOptions(topic="bees", scenes=1), {})
    (step,) = make_plan(request, choices, past).of(stage)
    return round(step.seconds, 2)


def _engine_of(stage: str, offer: Offer | None) -> EngineChoice:
    if offer is None:
        return EngineChoice("nobody", "", "real", "", STAGES[stage].environment)
    return offer.choice()


def _environment(environment: Environment, alive: Sequence[Node]) -> dict[str, Any]:
    name = environment.name
    workers = [node.name for node in alive if node.environment == name]
    here = find_interpreter(name, os.environ, ROOT / ".venvs")
    return {
        "name": name,
        "stages": environment.stages,
        "carries": environment.carries,
        "found": bool(workers or here),
        "here": here.source if here else "",
        "worker_count": len(workers),
        "workers": workers,
    }


def _stage(stage: Stage, alive: Sequence[Node], choices: Choices, past: History) -> dict[str, Any]:
    return {
        "stage": stage.name,
        "environment": stage.environment,
        "output": stage.output,
        "memory_mb": stage.memory_mb,
        "engines": [_engine(stage.name, engine, alive) for engine in stage.engines],
        "now": {mode: _choice(stage.name, choices[mode], past) for mode in MODES},
    }


def _choice(stage: str, offers: Mapping[str, Offer | None], past: History) -> dict[str, Any] | None:
    offer = offers[stage]
    if offer is None:
        return None
    said = {"quality": _QUALITY[offer.kind], "seconds": _seconds(stage, offers, past)}
    return asdict(offer) | said


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
