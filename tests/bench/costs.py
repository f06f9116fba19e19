"""CPU seconds of a system, by what spends them: where the time goes when all cores are busy."""

from __future__ import annotations

from collections import Counter

import psutil

from tests.deployment import Deployment

LEAST_MS = 1.0
PARTS = {
    "web": "web",
    "control": "control",
    "idle-0": "Celery's side of the workers",
    "idle-1": "Celery's side of the workers",
    "bare-0": "bare Celery",
    "bare-1": "bare Celery",
}


def spent(deployment: Deployment) -> dict[str, float]:
    """CPU seconds so far."""
    so_far = Counter({"Redis": cpu(psutil.Process(deployment.redis_server.pid))})
    for name, part in PARTS.items():
        parent = deployment.process(name)
        so_far[part] += cpu(parent)
        for child in parent.children():
            so_far["stages" if name.startswith("idle") else part] += cpu(child)
    return so_far | {"the measuring client": cpu(psutil.Process())}


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def since(before: dict[str, float], after: dict[str, float], jobs: int) -> dict[str, float]:
    """Milliseconds a job of what has spent anything to speak of."""
    costs = {part: (after[part] - before[part]) * 1000 / jobs for part in after}
    return {part: cost for part, cost in costs.items() if cost >= LEAST_MS}
