"""What live workers offer, set beside what is declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from config.environments import ENVIRONMENTS
from config.stages import STAGES, Stage
from tasks.domain.job import MODES, JobOptions
from tasks.domain.offers import Offer, first_choices
from tasks.nodes import Node

Choices = dict[str, dict[str, Offer | None]]


def report(alive: Sequence[Node], default_mode: str) -> dict[str, Any]:
    offers = [offer for node in alive for offer in node.offers]
    choices = {mode: first_choices(offers, JobOptions(mode=mode)) for mode in MODES}
    return {
        "default_mode": default_mode,
        "modes": {mode: all(choices[mode].values()) for mode in MODES},
        "environments": [
            {
                "name": environment.name,
                "stages": environment.stages,
                "carries": environment.carries,
                "workers": [node.name for node in alive if node.environment == environment.name],
            }
            for environment in ENVIRONMENTS.values()
        ],
        "stages": [_stage(stage, alive, choices) for stage in STAGES.values()],
    }


def _stage(stage: Stage, alive: Sequence[Node], choices: Choices) -> dict[str, Any]:
    return {
        "stage": stage.name,
        "environment": stage.environment,
        "engines": [_engine(stage.name, engine, alive) for engine in stage.engines],
        "now": {mode: choices[mode][stage.name] for mode in MODES},
    }


def _engine(stage: str, name: str, alive: Sequence[Node]) -> dict[str, Any]:
    offers = [
        {"worker": node.name, **asdict(offer)}
        for node in alive
        for offer in node.offers
        if (offer.stage, offer.name) == (stage, name)
    ]
    return {"name": name, "available": any(o["ok"] for o in offers), "offers": offers}
