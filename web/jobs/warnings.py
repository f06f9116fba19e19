"""Warn about a job with the engines that its plan has, or would have now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import redis

from tasks.domain.job import JobOptions
from tasks.domain.offers import first_choices
from tasks.domain.plan import EngineChoice
from tasks.domain.warnings import JobWarning, warnings
from tasks.nodes import registry
from web.services import Services


def of_options(services: Services, options: JobOptions) -> list[dict[str, Any]]:
    """Return the warnings about a job that is not planned yet, by the live workers."""
    try:
        alive = registry.alive(services.redis)
    except redis.RedisError:
        return of_engines(options, {})  # what the engines have to do with is not known yet
    offers = (offer for node in alive for offer in node.offers)
    choices = first_choices(offers, options)
    known = {stage: offer.choice(options) for stage, offer in choices.items() if offer}
    waited_for = [name for stage, name in options.engines.items() if stage not in known]
    return [*map(asdict, map(_not_running, waited_for)), *of_engines(options, known)]


def of_engines(options: JobOptions, engines: Mapping[str, EngineChoice]) -> list[dict[str, Any]]:
    """Return the warnings about a job with these engines."""
    return [asdict(warning) for warning in warnings(options, engines)]


def _not_running(engine: str) -> JobWarning:
    return JobWarning(
        "ENGINE_NOT_RUNNING",
        f"No worker can run the engine `{engine}` now. The job waits for one: start such a worker, "
        "or cancel the job and leave the engine out.",
    )
