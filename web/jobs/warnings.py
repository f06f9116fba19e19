"""Warn about a job with the engines that its plan has, or would have now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import redis

from tasks.domain.job import JobOptions
from tasks.domain.offers import first_choices
from tasks.domain.plan import EngineChoice
from tasks.domain.warnings import warnings
from tasks.nodes import registry
from web.services import Services


def of_options(services: Services, options: JobOptions) -> list[dict[str, Any]]:
    """Return the warnings about a job that is not planned yet, by the live workers."""
    return of_engines(options, _engines(services, options))


def of_engines(options: JobOptions, engines: Mapping[str, EngineChoice]) -> list[dict[str, Any]]:
    """Return the warnings about a job with these engines."""
    return [asdict(warning) for warning in warnings(options, engines)]


def _engines(services: Services, options: JobOptions) -> dict[str, EngineChoice]:
    try:
        alive = registry.alive(services.redis)
    except redis.RedisError:
        return {}  # what the engines have to do with is not known yet
    offers = (offer for node in alive for offer in node.offers)
    choices = first_choices(offers, options)
    return {stage: offer.choice(options) for stage, offer in choices.items() if offer}
