"""Report what live workers offer, compared with the declared stages and environments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from config.environments import ENVIRONMENTS, Environment
from config.installation import VENVS
from config.interpreters import find_interpreter
from config.stages import STAGES, Stage
from tasks.domain.job import MODES, JobOptions
from tasks.domain.offers import Offer, first_choices
from tasks.domain.plan import EngineChoice
from tasks.domain.planner import History, Request, make_plan
from tasks.nodes.registry import Node

Choices = dict[str, dict[str, Offer | None]]


def report(alive: Sequence[Node], current_mode: str, past: History) -> dict[str, Any]:
    """Report modes, estimated durations, environments and stages with their engines."""
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
    """Report whether every stage has a real engine, and what is missing where it has none."""
    known = list(offers)
    choices = first_choices(known, JobOptions(mode="production"))
    unable = [STAGES[stage] for stage, offer in choices.items() if offer is None]
    return {
        "production_ready": not unable,
        "missing": [
            {"stage": s.name, "environment": s.environment, "needs": _needs(s.name, known)}
            for s in unable
        ],
    }


def lacking(stage: str, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """Report what one stage is missing, in the form of an error's details."""
    return [
        {"field": stage, "message": _unavailable(need["engine"], stage), **need}
        for need in _needs(stage, offers)
    ]


def _unavailable(engine: str, stage: str) -> str:
    return f"{engine} cannot run now." if engine else f"No worker can do {stage} now."


def _needs(stage: str, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """List what each real engine is missing, or the missing worker if there is no engine."""
    reasons = {
        (offer.name, offer.why, offer.remedy)
        for offer in offers
        if offer.stage == stage and offer.kind != "simulated" and not offer.ok
    }
    if not reasons:
        reasons = {_no_real_engine(stage, offers)}
    return [{"engine": e, "why": why, "remedy": remedy} for e, why, remedy in sorted(reasons)]


def _no_real_engine(stage: str, offers: Sequence[Offer]) -> tuple[str, str, str]:
    """Return engine, reason and remedy for a stage that no real engine offers."""
    environment = STAGES[stage].environment
    if any(offer.stage == stage for offer in offers):
        return "", f"no running worker has a real engine for {stage}", "callsheet doctor"
    return "", f"no {environment} worker is running", f"python -m gpu_worker {environment}"


def _seconds(stage: str, offers: Mapping[str, Offer | None], past: History) -> float:
    """Estimate the step of a typical scene from history, or else from the declaration."""
    offer = offers[stage]
    if offer is None:
        return STAGES[stage].seconds
    if not (past.has_run(stage, offer.name) or offer.kind == "simulated"):
        return offer.seconds or STAGES[stage].seconds
    choices = {name: _engine_of(name, offer) for name, offer in offers.items()}
    request = Request("", "", JobOptions(topic="bees", scenes=1), {})
    (step,) = make_plan(request, choices, past).of(stage)
    return round(step.seconds, 2)


def _engine_of(stage: str, offer: Offer | None) -> EngineChoice:
    if offer is None:
        return EngineChoice("nobody", "", "real", "", STAGES[stage].environment)
    return offer.choice(JobOptions(topic="bees"))


def _environment(environment: Environment, alive: Sequence[Node]) -> dict[str, Any]:
    name = environment.name
    workers = [node.name for node in alive if node.environment == name]
    interpreter = find_interpreter(name, os.environ, VENVS)
    return {
        "name": name,
        "stages": environment.stages,
        "carries": environment.carries,
        "found": bool(workers or interpreter),
        "here": interpreter.source if interpreter else "",
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
    seconds = _seconds(stage, offers, past)
    return asdict(offer) | {"quality": _QUALITY[offer.kind], "seconds": seconds}


_QUALITY = {
    "real": "production",
    "lite": "production on a CPU",
    "simulated": "placeholder",
}
"""The quality of each kind of engine's output."""


def _engine(stage: str, name: str, alive: Sequence[Node]) -> dict[str, Any]:
    offers = [
        {"worker": node.name, **asdict(offer)}
        for node in alive
        for offer in node.offers
        if (offer.stage, offer.name) == (stage, name)
    ]
    return {"name": name, "available": any(o["ok"] for o in offers), "offers": offers}
