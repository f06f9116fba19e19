"""Build the result of a job that has succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.fallback import engines_of
from tasks.domain.plan import Plan
from web.jobs.models import Job, PlanRevision, StageRun
from web.sessions.models import Output


def job_result(db: Session, job: Job, runs: Sequence[StageRun] | None = None) -> dict[str, Any]:
    """Describe the final file, the engines that made it and the consent that was stated.

    `runs` are all steps of its plan, if they are loaded already.
    """
    final = db.scalar(select(Output).where(Output.job_id == job.id, Output.kind == "final_output"))
    if runs is None:
        of_this_plan = StageRun.job_id == job.id, StageRun.revision == job.revision
        runs = list(db.scalars(select(StageRun).where(*of_this_plan).order_by(StageRun.id)))
    return {
        "final_output": _file(final) if final else None,
        "engines": _engines(db, job, runs),
        "simulated": sorted({run.stage for run in runs if run.kind == "simulated"}),
        "written_by": next((r.facts.get("written_by") for r in runs if r.stage == "script"), None),
        "voice_match": next((r.facts.get("match") for r in runs if r.stage == "voice"), None),
        "facts": next((r.facts for r in runs if r.stage in ("assemble", "clip", "check")), {}),
        "consent": _consent(job),
    }


def _engines(db: Session, job: Job, runs: Sequence[StageRun]) -> dict[str, Any]:
    """Name the engine of each stage, with its licence where the plan knows it."""
    engines: dict[str, Any] = {r.stage: {"name": r.engine, "kind": r.kind} for r in runs}
    revision = db.get(PlanRevision, (job.id, job.revision))
    planned = engines_of(Plan.from_json(revision.plan)) if revision else {}
    for stage in engines.keys() & planned.keys():
        engine = planned[stage]
        engines[stage] |= {"licence": engine.licence, "commercial_use": engine.commercial_use}
    return engines


def _consent(job: Job) -> dict[str, dict[str, Any]]:
    """Say for each upload whether consent was stated, and what was stated."""
    stated = job.consent or {}
    return {name: {"stated": name in stated, **stated.get(name, {})} for name in job.inputs}


def _file(output: Output) -> dict[str, Any]:
    return {
        "filename": output.filename,
        "bytes": output.bytes,
        "media_type": output.media_type,
        "url": f"/download/{output.session_id}/{output.filename}",
    }
