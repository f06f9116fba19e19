"""Analyse the sample of a project: a job on the workers, whose facts become the first plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Artifact, Blob
from tasks.domain.job import JobState
from tasks.domain.project_planner import ANALYSE, SAMPLE
from tasks.domain.sample_facts import FACTS_PART, SampleFacts
from web.accounts import plans as account_plans
from web.accounts.notices import notify
from web.db.engine import reading, writing
from web.events.publish import wake_controller
from web.jobs import queue, transitions
from web.jobs.models import ANALYSIS, Job, StageRun
from web.notifications.addresses import base
from web.projects import plans, projects
from web.projects.errors import AnalysisUnreadable, SampleMissing
from web.projects.models import VideoProject
from web.projects.state import COMPLETED, FAILED, PLANNING, UPLOADING, state_of
from web.services import Services

_USER: Final = "user:"


def start(services: Services, project_id: str) -> Job:
    """Start the analysis of a project's sample."""
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(UPLOADING, PLANNING, COMPLETED, FAILED)
        if project.sample is None:
            raise SampleMissing
        limit = account_plans.job_limit(db, services.settings, project.owner)
        queue.require_user_capacity(db, project.owner, limit)
        job = transitions.open_clip(
            db,
            project.session_id,
            kind=ANALYSIS,
            published=False,
            project_id=project.id,
            request_id=log_context.ids().get("request_id", ""),
            title=f"Analysis of {project.name}"[:200],
            options={
                "pipeline": "analysis",
                "project_id": project.id,
                "language": project.language,
                "aspect_ratio": project.aspect_ratio,
            },
            inputs={SAMPLE: blob_of(project.sample)},
        )
        project.analysis_job_id = job.id
        project.facts, project.frames, project.failure = None, [], None
    wake_controller(services)
    return job


def blob_of(upload: dict[str, Any]) -> dict[str, Any]:
    """Return the blob of an upload as a job's input has it."""
    return {name: upload[name] for name in ("sha256", "bytes", "media_type")}


def finished() -> list[tuple[str, str, str]]:
    """List the projects whose analysis is done and not planned, with the job and its artifact."""
    done = (
        select(VideoProject.id, Job.id, StageRun.artifact)
        .join(Job, Job.id == VideoProject.analysis_job_id)
        .join(StageRun, StageRun.job_id == Job.id)
        .where(Job.state == JobState.SUCCEEDED.value, StageRun.step == ANALYSE)
        .where(StageRun.state == "done", VideoProject.facts.is_(None))
        .where(VideoProject.failure.is_(None))
    )
    with reading() as db:
        return [(project_id, job_id, key) for project_id, job_id, key in db.execute(done)]


def plan(services: Services, project_id: str, key: str) -> None:
    """Store the facts of a finished analysis, and plan the project's video."""
    artifact = services.artifacts.find(key)
    if artifact is None:
        raise AnalysisUnreadable
    _store(services, project_id, artifact)


def give_up(services: Services, project_id: str) -> None:
    """Fail a project whose analysis cannot be read or planned; another analysis may follow."""
    with writing() as db:
        project = projects.find(db, project_id, lock=True)
        if project.facts is None:
            why = AnalysisUnreadable().user_message
            project.failure = {"code": AnalysisUnreadable.code, "message": why, "stage": ANALYSE}
            _tell(db, services, project, why)


def _tell(db: Session, services: Services, project: VideoProject, why: str) -> None:
    """Mail the user that the analysis has failed: its job succeeded, so no other mail is sent."""
    if not project.owner.startswith(_USER):
        return
    address = f"{base(services.settings)}/projects/{project.id}"
    notify(
        db,
        services,
        project.owner.removeprefix(_USER),
        "Your sample could not be analysed",
        f"“{project.name}”\n\n{why}\n\nOpen it: {address}",
        kind="job_ended",
        once=f"analysis_failed:{project.analysis_job_id}",
    )


def _store(services: Services, project_id: str, artifact: Artifact) -> None:
    text = b"".join(services.artifacts.read(artifact.parts[FACTS_PART]))
    facts = SampleFacts.from_json(text)
    with writing() as db:
        project = projects.find(db, project_id, lock=True)
        if project.facts is not None:
            return
        project.facts = facts.to_dict()
        project.frames = _frames(facts, artifact.parts)
        plans.plan_sample(services, db, project)


def _frames(facts: SampleFacts, parts: dict[str, Blob]) -> list[dict[str, Any]]:
    return [
        {"at": shot.key_frame_at or shot.start, "blob": asdict(parts[shot.key_frame])}
        for shot in facts.shots
        if shot.key_frame in parts
    ]
