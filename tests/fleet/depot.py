"""Workers with pretended models, started and asked about in a test's house."""

from __future__ import annotations

import json
from typing import Any

from tasks.nodes.registry import Node
from tests.deployment import Deployment
from tests.services.waiting import until


def model(declared: int, *, true: int | None = None, load: float = 0.0) -> dict[str, float]:
    return {"declared": declared, "true": declared if true is None else true, "load": load}


def start(
    deployment: Deployment,
    environment: str,
    models: dict[str, dict[str, float]] | None = None,
    *,
    name: str,
    card_mb: int = 0,
    **extra: str,
) -> Node:
    """One worker; its node once it beats."""
    before = {node.name for node in deployment.nodes()}
    told = {"FLEET_MODELS": json.dumps(models or {}), "GPU_MEMORY_MB": str(card_mb)} | extra
    deployment.start(name, "tests.fleet.worker", environment, **told)

    def came() -> Node | None:
        return next((node for node in deployment.nodes() if node.name not in before), None)

    return until(came, f"{name} beats", 60)


def card_of(node: Node) -> dict[str, Any]:
    assert node.card is not None
    return node.card


def again(deployment: Deployment, node: Node) -> Node:
    """The same worker as it says of itself now."""
    return next(other for other in deployment.nodes() if other.name == node.name)
