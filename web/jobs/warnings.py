"""Warn about a job with the engines that its plan has, or would have now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import redis
from sqlalchemy.orm import Session

from tasks.domain.examination import Verdict
from tasks.domain.job import JobOptions
from tasks.domain.offers import first_choices
from tasks.domain.plan import EngineChoice
from tasks.domain.warnings import JobWarning, warnings
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.jobs.inputs import digest_of, verdict_on
from web.jobs.models import Job
from web.services import Services

_FEW_PIXELS: Final = "FEW_PIXELS"


def of_options(
    services: Services, options: JobOptions, alive: Sequence[Node] | None = None
) -> list[dict[str, Any]]:
    """Return the warnings about a job that is not planned yet, by the live workers.

    They are read from Redis unless they are known.
    """
    try:
        alive = registry.alive(services.redis) if alive is None else alive
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


def verdict_of(db: Session, job: Job) -> Verdict | None:
    """Return what the examination of the job's picture said."""
    raw = db.scalar(verdict_on(job.owner, digest_of(job.inputs, "face")))
    return None if raw is None else Verdict.from_dict(raw)


def of_picture(verdict: Verdict | None, options: JobOptions) -> list[dict[str, Any]]:
    """Return what the examination of a job's picture said that this job makes visible."""
    if options.mode == "simulation" or options.engines.get("face") == "simulated":
        return []
    if verdict is None:
        return []
    chosen = verdict.chosen if options.face_index is None else options.face_index
    if chosen is None or chosen != verdict.chosen:
        return []  # the warnings are about the face that a job uses if it names none
    is_sharp = options.height <= verdict.faces[chosen].quality.height
    told = [w for w in verdict.warnings if not (is_sharp and w.code == _FEW_PIXELS)]
    return [asdict(JobWarning(one.code, one.message)) for one in told]


def _not_running(engine: str) -> JobWarning:
    return JobWarning(
        "ENGINE_NOT_RUNNING",
        f"No worker can run the engine `{engine}` now. The job waits for one: start such a worker, "
        "or cancel the job and leave the engine out.",
    )
