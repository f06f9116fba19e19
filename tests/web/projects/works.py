"""Projects of tests without workers: what these would report is written here."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select, update

from config.stages import ALL_STAGES
from tasks.domain.artifact import Artifact, Blob
from tasks.domain.offers import Offer
from tasks.domain.project_planner import ANALYSE
from tasks.domain.sample_facts import FACTS_PART, SampleFacts, Shot, Technical
from tasks.nodes import registry as nodes
from tests.web.samples import picture
from web.control import projects as controller
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import transitions
from web.jobs.charging import Origin
from web.jobs.models import ANALYSIS, Job, StageRun
from web.projects import plans, production, projects
from web.projects.joining import fill
from web.projects.models import GenerationJob, ProjectClip, VideoProject
from web.projects.production import Confirmation
from web.projects.projects import Keeper
from web.services import current_services

FACTS = SampleFacts(
    Technical(1080, 1920, 8.0, 30.0),
    (Shot(0.0, 4.0, "start"), Shot(4.0, 8.0)),
)
CLIP = Blob("c" * 64, 1000, "video/mp4")


def beat() -> None:
    """Announce a worker that has every stage of a project, and the local models."""
    offers = tuple(
        Offer(stage, ALL_STAGES[stage].engines[0], "1", "lite", "lite")
        for stage in ("voice", "analyse", "sound", "edit", "check")
    )
    described = "lite@here", "lite", "here", 1, "cpu", 100, 1000, offers
    node = nodes.Node(*described, extra={"makes_clips": True})  # type: ignore[arg-type]
    nodes.send_heartbeat(current_services().redis, node)


def create(owner: str, name: str = "Mine") -> str:
    """Create a project that has nothing yet."""
    return projects.create(current_services(), Keeper(owner), {"name": name}).id


def planned(owner: str, name: str = "Mine") -> str:
    """Create a project with a plan of two scenes, as an analysis leaves it."""
    project_id = create(owner, name)
    plan(project_id)
    return project_id


def plan(project_id: str) -> None:
    """Plan a project, as an analysis does."""
    frame = current_services().artifacts.put_bytes(picture(), "image/png")
    with writing() as db:
        project = projects.find(db, project_id, lock=True)
        project.facts = FACTS.to_dict()
        project.frames = [{"at": 0.0, "blob": asdict(frame)}]
        plans.plan_sample(current_services(), db, project)


def artifact(facts: bytes) -> str:
    """Store the result of an analysis; its key."""
    store = current_services().artifacts
    blob = store.put_bytes(facts, "application/json")
    return store.commit(Artifact(blob.sha256, ANALYSE, "local", {FACTS_PART: blob}, {})).key


def analysed(project_id: str, artifact: str) -> str:
    """Let the analysis of a project succeed with this artifact."""
    with writing() as db:
        project = projects.find(db, project_id, lock=True)
        job = transitions.open_clip(
            db, project.session_id, kind=ANALYSIS, project_id=project_id, options={}, inputs={}
        )
        run = {"step": ANALYSE, "stage": ANALYSE, "engine": "local", "state": "done"}
        db.add(StageRun(job_id=job.id, revision=1, artifact=artifact, **run))
        project.analysis_job_id = job.id
        transitions.succeed(db, job, now())
        return job.id


def generate(project_id: str, confirmed: Confirmation | None = None) -> GenerationJob:
    """Confirm the latest plan."""
    return production.generate(
        current_services(), project_id, confirmed or Confirmation(), Origin()
    )


def make_clips(generation: GenerationJob) -> None:
    """Make every clip of a generation, and let the controller join them."""
    mine = select(ProjectClip).where(ProjectClip.generation_id == generation.id)
    with writing() as db:
        for row in db.scalars(mine):
            fill(row, CLIP)
            if row.job_id:
                row.artifact = row.key
                kept = update(StageRun).where(StageRun.job_id == row.job_id)
                db.execute(kept.values(artifact=row.key))
                transitions.succeed(db, db.get_one(Job, row.job_id), now())
    follow()


def make_video(generation: GenerationJob, *stages: str) -> None:
    """Complete the steps of a generation's job."""
    make_clips(generation)
    with writing() as db:
        job = db.get_one(Job, generation.job_id)
        job.revision = job.attempt = 1
        for stage in stages or ("sound", "edit", "check"):
            engine = ALL_STAGES[stage].engines[0]
            scene = 0 if stage == "voice" else None
            step = stage if scene is None else f"{stage}.{scene}"
            run = {"stage": stage, "scene": scene, "engine": engine, "state": "done"}
            db.add(StageRun(job_id=job.id, revision=1, step=step, attempt=1, **run))
        db.flush()
        transitions.succeed(db, job, now())
    follow()


def follow() -> None:
    """Do one turn of the controller for all projects."""
    controller.follow(current_services())


def project(project_id: str) -> VideoProject:
    with reading() as db:
        return projects.find(db, project_id)
