"""Warn about a job with the engines that its plan has, or would have now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.examination import Verdict
from tasks.domain.job import JobOptions
from tasks.domain.offers import first_choices
from tasks.domain.plan import EngineChoice
from tasks.domain.warnings import JobWarning, warnings
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.jobs.inputs import digest_of
from web.jobs.models import Job
from web.services import Services
from web.sessions.models import Upload

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


def of_picture(db: Session, job: Job, options: JobOptions) -> list[dict[str, Any]]:
    """Return what the examination of the job's picture said that this job makes visible."""
    if options.mode == "simulation" or options.engines.get("face") == "simulated":
        return []
    mine = Upload.owner == job.owner, Upload.kind == "face", Upload.verdict.is_not(None)
    same = select(Upload.verdict).where(*mine, Upload.sha256 == digest_of(job.inputs, "face"))
    raw = db.scalar(same.limit(1))
    if raw is None:
        return []
    verdict = Verdict.from_dict(raw)
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
