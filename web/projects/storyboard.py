"""The storyboard: a draft of each scene by the lite model, approved before money is spent.

A draft shows what a scene is about: its picture, move and length. It is changed by changing the
plan; a scene that was changed needs another draft, and the others keep theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob, digest
from tasks.domain.errors import ValidationFailed
from tasks.domain.hosted import LOCAL
from tasks.domain.job import JobState
from tasks.domain.typed_document import plain
from tasks.domain.video_plan import ModelChoice, VideoPlan, VideoScene
from web.accounts import plans as account_plans
from web.db.columns import now
from web.db.engine import writing
from web.events.publish import wake_controller
from web.jobs import queue, transitions
from web.jobs.charging import Origin
from web.jobs.models import Job
from web.projects import choices, clip_jobs, files, plans, projects
from web.projects.errors import StoryboardOpen
from web.projects.models import StoryboardPanel, VideoProject
from web.projects.state import state_of
from web.services import Services
from web.sessions.files import signed_link

MISSING, MAKING, MADE, FAILED, OWN = "missing", "making", "made", "failed", "own"
STATES: Final = (MISSING, MAKING, MADE, FAILED, OWN)
_SEEN: Final = ("seconds", "prompt", "camera", "character", "speed", "material", "seed")
"""What of a scene its draft shows."""


def make(
    services: Services, project_id: str, scenes: Collection[str], origin: Origin
) -> list[dict[str, Any]]:
    """Make the drafts that are missing, of these scenes or of all; others are kept."""
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        state_of(db, project).require(*plans.EDITABLE)
        plan = VideoPlan.from_dict(plans.current(db, project).plan)
        known = _panels(db, project)
        _forget_removed(db, known, plan)
        wanted = _wanted(plan, scenes)
        due = [one for one in wanted if not _is_current(db, known.get(one.id), one)]
        if due:
            limit = account_plans.job_limit(db, services.settings, project.owner)
            queue.require_user_capacity(db, project.owner, limit)
        drafts = replace(plan, model=ModelChoice(LOCAL, "A draft."))
        names = {scene.id for scene in due}
        for clip in choices.of_plan(services, db, project, drafts, ()) if due else ():
            if clip.scene.id in names:
                panel = known.get(clip.scene.id) or _added(db, project, clip.scene)
                panel.shows, panel.revision = shown(clip.scene), project.revision
                panel.job_id, panel.approved_at = None, None
                if clip.own is None:  # an own clip is its draft itself
                    panel.job_id = clip_jobs.start(services, db, project, clip, origin)
        db.flush()
        found = report(db, project)
    wake_controller(services)
    return found


def approve(project_id: str, scenes: Collection[str], *, approved: bool) -> list[dict[str, Any]]:
    """Approve the drafts of these scenes or of all, or take that back."""
    with writing(durable=True) as db:
        project = projects.for_work(db, project_id)
        plan = VideoPlan.from_dict(plans.current(db, project).plan)
        known = _panels(db, project)
        for scene in _wanted(plan, scenes):
            panel = known.get(scene.id)
            if approved and _state(db, panel, scene) not in (MADE, OWN):
                raise StoryboardOpen(
                    f"The draft of scene {scene.id} is not made, or the scene has changed since.",
                    errors=[{"field": "scenes", "message": scene.id}],
                )
            if panel is not None:
                panel.approved_at = now() if approved else None
        db.flush()
        return report(db, project)


def require_approved(db: Session, project: VideoProject, plan: VideoPlan) -> None:
    """Refuse to generate a plan with a scene whose draft is not approved as it is now."""
    known = _panels(db, project)
    open_scenes = [scene.id for scene in plan.scenes if not _is_approved(db, known, scene)]
    if open_scenes:
        named = ", ".join(open_scenes)
        raise StoryboardOpen(
            f"Approve the drafts of these scenes first: {named}.",
            errors=[{"field": "scenes", "message": one} for one in open_scenes],
        )


def cancel(db: Session, project: VideoProject) -> bool:
    """Ask the controller to cancel the drafts that are being made."""
    jobs = [one.job_id for one in _panels(db, project).values() if one.job_id]
    found = db.scalars(select(Job).where(Job.id.in_(jobs), Job.is_open)).all()
    requested = [transitions.request_cancel(job, now()) for job in found]
    return any(requested)


def report(db: Session, project: VideoProject) -> list[dict[str, Any]]:
    """Describe the draft of each scene of the latest plan."""
    plan = VideoPlan.from_dict(plans.current(db, project).plan)
    known = _panels(db, project)
    return [
        _panel(db, index, scene, start, known.get(scene.id))
        for index, (scene, start) in enumerate(zip(plan.scenes, plan.starts, strict=True))
    ]


def drafts(db: Session, project: VideoProject) -> Iterator[tuple[str, Blob]]:
    """Yield the drafts that are made, by the ids of their scenes."""
    for scene_id, panel in _panels(db, project).items():
        video = None if panel.job_id is None else files.video(panel.job_id)
        if video is not None:
            yield scene_id, video.blob


def _panel(
    db: Session, index: int, scene: VideoScene, start: float, panel: StoryboardPanel | None
) -> dict[str, Any]:
    job = None if panel is None or panel.job_id is None else db.get(Job, panel.job_id)
    video = None if job is None else files.video(job.id)
    return {
        "scene_id": scene.id,
        "scene": index,
        "start": start,
        "seconds": scene.seconds,
        "prompt": scene.prompt,
        "state": _state(db, panel, scene),
        "outdated": panel is not None and panel.shows != shown(scene),
        "approved": panel is not None
        and panel.approved_at is not None
        and panel.shows == shown(scene),
        "job_id": None if job is None else job.id,
        "progress_percent": 0.0 if job is None else round(job.percent, 2),
        "url": None if video is None else signed_link(video.session_id, video.filename),
    }


def shown(scene: VideoScene) -> str:
    """Identify what the draft of a scene shows."""
    whole = plain(scene)
    return digest([whole[name] for name in _SEEN])


def _added(db: Session, project: VideoProject, scene: VideoScene) -> StoryboardPanel:
    panel = StoryboardPanel(project_id=project.id, scene_id=scene.id)
    db.add(panel)
    return panel


def _is_current(db: Session, panel: StoryboardPanel | None, scene: VideoScene) -> bool:
    """Return whether a draft shows its scene as it is, and is made or being made."""
    return _state(db, panel, scene) in (MAKING, MADE, OWN)


def _is_approved(db: Session, known: Mapping[str, StoryboardPanel], scene: VideoScene) -> bool:
    panel = known.get(scene.id)
    is_made = _state(db, panel, scene) in (MADE, OWN)
    return panel is not None and panel.approved_at is not None and is_made


def _state(db: Session, panel: StoryboardPanel | None, scene: VideoScene) -> str:
    """Return the state of a scene's draft; one of an earlier version counts as missing."""
    if panel is None or panel.shows != shown(scene):
        return MISSING
    if panel.job_id is None:
        return OWN
    job = db.get(Job, panel.job_id)
    if job is None or job.expired_at is not None:
        return MISSING
    if job.is_open:
        return MAKING
    return MADE if job.state == JobState.SUCCEEDED.value else FAILED


def _panels(db: Session, project: VideoProject) -> dict[str, StoryboardPanel]:
    mine = select(StoryboardPanel).where(StoryboardPanel.project_id == project.id)
    return {panel.scene_id: panel for panel in db.scalars(mine)}


def _wanted(plan: VideoPlan, scenes: Collection[str]) -> list[VideoScene]:
    """Return the named scenes of a plan, or all."""
    unknown = set(scenes) - {scene.id for scene in plan.scenes}
    if unknown:
        message = f"There is no scene {sorted(unknown)[0]}."
        raise ValidationFailed(errors=[{"field": "scenes", "message": message}])
    return [scene for scene in plan.scenes if not scenes or scene.id in scenes]


def _forget_removed(db: Session, known: Mapping[str, StoryboardPanel], plan: VideoPlan) -> None:
    kept = {scene.id for scene in plan.scenes}
    for scene_id, panel in known.items():
        if scene_id not in kept:
            db.delete(panel)
